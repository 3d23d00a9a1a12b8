"""A CDK app with one resource, the smallest: its validation refuses a template without any."""

import aws_cdk as cdk

app = cdk.App()
cdk.CfnWaitConditionHandle(cdk.Stack(app, "Empty"), "Nothing")
app.synth()
