"""The cookie service's behaviors in a distribution's document, attached and detached."""

from attachment.edit import Wanted
from tests.support.distribution_documents import behavior, counted, lambda_function

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService"
VERSION_7 = "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService:7"
VERSION_8 = "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService:8"
#: A version of an earlier deployment's function, which had another name.
EARLIER_VERSION = "arn:aws:lambda:us-east-1:111122223333:function:EarlierCookieService:2"

ATTACHED = Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_7)
DETACHED = Wanted(previous_paths=("/ht/renew", "/ht/clear"), previous_functions=(VERSION_7,))


def own_behavior(path: str, origin: str = "site", version_arn: str = VERSION_7) -> str:
    """Return a behavior of the cookie service.

    It has every element that UpdateDistribution requires, in the order of the API.
    """
    lines = f"""
        <CacheBehavior>
          <PathPattern>{path}</PathPattern>
          <TargetOriginId>{origin}</TargetOriginId>
          <TrustedSigners>
            <Enabled>false</Enabled>
            <Quantity>0</Quantity>
          </TrustedSigners>
          <TrustedKeyGroups>
            <Enabled>false</Enabled>
            <Quantity>0</Quantity>
          </TrustedKeyGroups>
          <ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>
          <AllowedMethods>
            <Quantity>7</Quantity>
            <Items>
              <Method>HEAD</Method>
              <Method>DELETE</Method>
              <Method>POST</Method>
              <Method>GET</Method>
              <Method>OPTIONS</Method>
              <Method>PUT</Method>
              <Method>PATCH</Method>
            </Items>
            <CachedMethods>
              <Quantity>2</Quantity>
              <Items>
                <Method>HEAD</Method>
                <Method>GET</Method>
              </Items>
            </CachedMethods>
          </AllowedMethods>
          <SmoothStreaming>false</SmoothStreaming>
          <Compress>false</Compress>
          <LambdaFunctionAssociations>
            <Quantity>1</Quantity>
            <Items>
              <LambdaFunctionAssociation>
                <LambdaFunctionARN>{version_arn}</LambdaFunctionARN>
                <EventType>viewer-request</EventType>
                <IncludeBody>false</IncludeBody>
              </LambdaFunctionAssociation>
            </Items>
          </LambdaFunctionAssociations>
          <FunctionAssociations>
            <Quantity>0</Quantity>
          </FunctionAssociations>
          <FieldLevelEncryptionId></FieldLevelEncryptionId>
          <CachePolicyId>4135ea2d-6df8-44a3-9df3-4b5a84be39ad</CachePolicyId>
          <GrpcConfig>
            <Enabled>false</Enabled>
          </GrpcConfig>
        </CacheBehavior>
    """
    return "".join(line.strip() for line in lines.splitlines())


def customized_behavior(path: str, version_arn: str = VERSION_7) -> str:
    """Return a behavior of the cookie service whose settings the distribution's owner changed."""
    return (
        own_behavior(path, "another", version_arn)
        .replace("<Compress>false", "<Compress>true")
        .replace("https-only", "redirect-to-https")
        .replace(
            "<GrpcConfig>", "<ResponseHeadersPolicyId>R1</ResponseHeadersPolicyId><GrpcConfig>"
        )
        .replace("</CacheBehavior>", "<FutureFlag>true</FutureFlag></CacheBehavior>")
    )


def behavior_running(path_pattern: str, *arns: str, event_type: str = "viewer-request") -> str:
    """Return a behavior that another tool added and that runs these Lambda functions."""
    functions = counted(*(lambda_function(arn, event_type) for arn in arns))
    return behavior(path_pattern, LambdaFunctionAssociations=functions)
