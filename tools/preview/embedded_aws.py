"""The embedded AWS's own process: ministack, and alarms on metric math, which it refuses.

They are kept and described as they came, and set by hand like others, but never evaluated.
"""

from typing import Any

from ministack.app import main
from ministack.services.cloudformation import provisioners

_record_of_one_metric = provisioners._cw_metric_alarm_record


def _record(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    metrics = properties.get("Metrics")
    if not metrics:
        return dict(_record_of_one_metric(name, properties))
    one_metric = {"MetricName": "none", "Namespace": "none"}
    record = _record_of_one_metric(name, properties | {"Metrics": None} | one_metric)
    for key in ("MetricName", "Namespace", "Statistic", "Period", "Dimensions"):
        del record[key]
    return {**record, "Metrics": metrics}


provisioners._cw_metric_alarm_record = _record

if __name__ == "__main__":
    main()
