"""A DNS server on this machine that answers from a table."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

#: The records of each name, written as in a zone file: `A 203.0.113.7`, `CNAME other.example`.
Zone = Mapping[str, Sequence[str]]


@contextmanager
def dns_server(zone: Zone) -> Iterator[int]:
    """Serve the zone over UDP on this machine and yield the port.

    As a resolver does, it answers with the whole chain of CNAMEs. A name without records does not
    exist; one with the record `SERVFAIL` cannot be resolved.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=[server, zone])
        thread.start()
        port = server.getsockname()[1]
        try:
            yield port
        finally:
            server.sendto(b"", ("127.0.0.1", port))
            thread.join()


def _serve(server: socket.socket, zone: Zone) -> None:
    while True:
        query, client = server.recvfrom(4096)
        if not query:
            return
        server.sendto(_answer(dns.message.from_wire(query), zone).to_wire(), client)


def _answer(query: dns.message.Message, zone: Zone) -> dns.message.Message:
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True)
    while True:
        if "SERVFAIL" in zone.get(name, ()):
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        if name not in zone:
            response.set_rcode(dns.rcode.NXDOMAIN)
            return response
        records = [record.split(maxsplit=1) for record in zone[name]]
        aliases = [value for kind, value in records if kind == "CNAME"]
        kind = "CNAME" if aliases else dns.rdatatype.to_text(question.rdtype)
        values = aliases or [value for each, value in records if each == kind]
        absolute = [f"{value}." for value in values] if aliases else values
        if absolute:
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *absolute))
        if not aliases:
            return response
        [name] = aliases
