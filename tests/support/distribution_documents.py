"""Configurations of live distributions, as CloudFront's GetDistributionConfig returns them.

Full documents: the elements in the order of the API's model, with CloudFront's own defaults.
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetDistributionConfig.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.dom import minidom

import pytest

DECLARATION = '<?xml version="1.0"?>\n'
ROOT = '<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">'

ANOTHER_FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:image-resize:3"
ANOTHER_CLOUDFRONT_FUNCTION = "arn:aws:cloudfront::111122223333:function/rewrite"


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A distribution's configuration, cut at the two places where attaching may write.

    The two places are the number of behaviors, `count`, and the start of the list, after `items`.
    `original_list` is a list without behaviors that is written in another way before attaching.
    """

    head: str
    opening: str = "<CacheBehaviors><Quantity>"
    count: int
    between: str = "</Quantity>"
    items: str = "<Items>"
    behaviors: str
    items_end: str = "</Items>"
    closing: str = "</CacheBehaviors>"
    original_list: str | None = None
    tail: str

    @property
    def document(self) -> bytes:
        """The configuration before attaching."""
        if self.original_list is None:
            return self.with_first() if self.count else self.after_detach
        return f"{self.head}{self.original_list}{self.tail}".encode()

    def with_first(self, *added: str) -> bytes:
        """Return the configuration with these behaviors first in its list, and no other change."""
        text = (
            f"{self.head}{self.opening}{self.count + len(added)}{self.between}{self.items}"
            f"{''.join(added)}{self.behaviors}{self.items_end}{self.closing}{self.tail}"
        )
        return text.encode()

    @property
    def after_detach(self) -> bytes:
        """The configuration after attaching and detaching: the one before, byte for byte.

        Only a list without behaviors is then written as CloudFront writes it: counted as 0, and
        without `Items`.
        """
        if self.count:
            return self.document
        return f"{self.head}{self.opening}0{self.between}{self.closing}{self.tail}".encode()


def element(tag: str, content: str) -> str:
    """Return an element with this content, which is XML already."""
    return f"<{tag}>{content}</{tag}>"


def counted(*items: str) -> str:
    """Return the content of a list as CloudFront writes it: without `Items` if it is empty."""
    quantity = element("Quantity", str(len(items)))
    return quantity + element("Items", "".join(items)) if items else quantity


def counted_texts(tag: str, *texts: str) -> str:
    """Return the content of a list of elements that hold only text."""
    return counted(*(element(tag, text) for text in texts))


def methods(*allowed: str) -> str:
    """Return the content of `AllowedMethods`."""
    cached = element("CachedMethods", counted_texts("Method", "HEAD", "GET"))
    return counted_texts("Method", *allowed) + cached


def lambda_function(arn: str, event_type: str) -> str:
    """Return one association of a behavior with a Lambda@Edge function."""
    content = element("LambdaFunctionARN", arn) + element("EventType", event_type)
    return element("LambdaFunctionAssociation", content + "<IncludeBody>false</IncludeBody>")


def cloudfront_function(arn: str, event_type: str) -> str:
    """Return one association of a behavior with a CloudFront Function."""
    content = element("FunctionARN", arn) + element("EventType", event_type)
    return element("FunctionAssociation", content)


def restricted_to(tag: str, *names: str) -> str:
    """Return the content of `TrustedSigners` or `TrustedKeyGroups` that lets only these sign."""
    return "<Enabled>true</Enabled>" + counted_texts(tag, *names)


# Element and content, in the API's order; None if CloudFront leaves the element out by default.
_BEHAVIOR: Mapping[str, str | None] = {
    "PathPattern": None,
    "TargetOriginId": "site",
    "TrustedSigners": "<Enabled>false</Enabled><Quantity>0</Quantity>",
    "TrustedKeyGroups": "<Enabled>false</Enabled><Quantity>0</Quantity>",
    "ViewerProtocolPolicy": "redirect-to-https",
    "AllowedMethods": methods("HEAD", "GET"),
    "SmoothStreaming": "false",
    "Compress": "true",
    "LambdaFunctionAssociations": "<Quantity>0</Quantity>",
    "FunctionAssociations": "<Quantity>0</Quantity>",
    "FieldLevelEncryptionId": "",
    "RealtimeLogConfigArn": None,
    "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "OriginRequestPolicyId": None,
    "ResponseHeadersPolicyId": None,
    "GrpcConfig": "<Enabled>false</Enabled>",
    "ForwardedValues": None,
    "MinTTL": None,
    "DefaultTTL": None,
    "MaxTTL": None,
}


def _written(settings: Mapping[str, str | None]) -> str:
    return "".join(
        element(tag, content) for tag, content in settings.items() if content is not None
    )


def default_behavior(**own: str | None) -> str:
    """Return the content of `DefaultCacheBehavior`; `own` replaces some of the defaults."""
    return _written({**_BEHAVIOR, **own})


def behavior(path_pattern: str, **own: str | None) -> str:
    """Return a `CacheBehavior`; `own` replaces some of the defaults.

    None leaves an element out.
    """
    return element("CacheBehavior", _written({**_BEHAVIOR, "PathPattern": path_pattern, **own}))


def custom_origin(origin_id: str = "site", domain: str = "origin.example.com") -> str:
    """Return an origin outside of S3."""
    return element(
        "Origin",
        element("Id", origin_id)
        + element("DomainName", domain)
        + "<OriginPath></OriginPath><CustomHeaders><Quantity>0</Quantity></CustomHeaders>"
        "<CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort>"
        "<OriginProtocolPolicy>https-only</OriginProtocolPolicy>"
        "<OriginSslProtocols><Quantity>1</Quantity><Items><SslProtocol>TLSv1.2</SslProtocol>"
        "</Items></OriginSslProtocols><OriginReadTimeout>30</OriginReadTimeout>"
        "<OriginKeepaliveTimeout>5</OriginKeepaliveTimeout><IpAddressType>ipv4</IpAddressType>"
        "</CustomOriginConfig><ConnectionAttempts>3</ConnectionAttempts>"
        "<ConnectionTimeout>10</ConnectionTimeout><OriginShield><Enabled>false</Enabled>"
        "</OriginShield><OriginAccessControlId></OriginAccessControlId>",
    )


def s3_origin(origin_id: str, bucket: str) -> str:
    """Return an S3 origin with origin access control."""
    return element(
        "Origin",
        element("Id", origin_id)
        + element("DomainName", f"{bucket}.s3.us-east-1.amazonaws.com")
        + "<OriginPath></OriginPath><CustomHeaders><Quantity>0</Quantity></CustomHeaders>"
        "<S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity>"
        "<OriginReadTimeout>30</OriginReadTimeout></S3OriginConfig>"
        "<ConnectionAttempts>3</ConnectionAttempts><ConnectionTimeout>10</ConnectionTimeout>"
        "<OriginShield><Enabled>true</Enabled>"
        "<OriginShieldRegion>us-east-1</OriginShieldRegion></OriginShield>"
        "<OriginAccessControlId>E1EXAMPLEOAC01</OriginAccessControlId>",
    )


def origin_group(group_id: str, *members: str) -> str:
    """Return an origin group of these origins."""
    criteria = element("StatusCodes", counted_texts("StatusCode", "500", "502", "503", "504"))
    ids = (element("OriginGroupMember", element("OriginId", member)) for member in members)
    return element(
        "OriginGroup",
        element("Id", group_id)
        + element("FailoverCriteria", criteria)
        + element("Members", counted(*ids))
        + "<SelectionCriteria>default</SelectionCriteria>",
    )


def error_response(code: int, page: str = "/error.html", status: int = 200) -> str:
    """Return a custom error response; without a page it only sets how long errors are cached."""
    answer = element("ResponsePagePath", page) + element(
        "ResponseCode", str(status) if page else ""
    )
    caching = "<ErrorCachingMinTTL>10</ErrorCachingMinTTL>"
    return element("CustomErrorResponse", element("ErrorCode", str(code)) + answer + caching)


_BEFORE_THE_LIST: Mapping[str, str | None] = {
    "CallerReference": "2b1f6b1c-5a0e-4a8c-9d55-0c1f7c0f2a11",
    "Aliases": counted_texts("CNAME", "www.example.com"),
    "DefaultRootObject": "index.html",
    "Origins": counted(custom_origin()),
    "OriginGroups": "<Quantity>0</Quantity>",
    "DefaultCacheBehavior": default_behavior(),
}

_AFTER_THE_LIST: Mapping[str, str | None] = {
    "CustomErrorResponses": "<Quantity>0</Quantity>",
    "Comment": "the shop",
    "Logging": "<Enabled>false</Enabled><IncludeCookies>false</IncludeCookies>"
    "<Bucket></Bucket><Prefix></Prefix>",
    "PriceClass": "PriceClass_All",
    "Enabled": "true",
    "ViewerCertificate": "<CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate>"
    "<ACMCertificateArn>arn:aws:acm:us-east-1:111122223333:certificate/"
    "12345678-1234-1234-1234-123456789012</ACMCertificateArn>"
    "<SSLSupportMethod>sni-only</SSLSupportMethod>"
    "<MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion>"
    "<Certificate>arn:aws:acm:us-east-1:111122223333:certificate/"
    "12345678-1234-1234-1234-123456789012</Certificate>"
    "<CertificateSource>acm</CertificateSource>",
    "Restrictions": "<GeoRestriction><RestrictionType>none</RestrictionType>"
    "<Quantity>0</Quantity></GeoRestriction>",
    "WebACLId": "",
    "HttpVersion": "http2and3",
    "IsIPV6Enabled": "true",
    "ContinuousDeploymentPolicyId": "",
    "Staging": "false",
}


def make_distribution(
    *behaviors: str, start: str = DECLARATION + ROOT, **own: str | None
) -> Distribution:
    """Return a distribution with these behaviors in addition to the default one.

    `own` replaces some of the top-level elements; None leaves an element out.
    """
    before = {tag: own.get(tag, content) for tag, content in _BEFORE_THE_LIST.items()}
    after = {**_AFTER_THE_LIST, **{tag: own[tag] for tag in own if tag not in before}}
    return Distribution(
        head=start + _written(before),
        count=len(behaviors),
        behaviors="".join(behaviors),
        tail=_written(after) + "</DistributionConfig>",
    )


def without_behaviors(
    *,
    opening: str = "<CacheBehaviors><Quantity>",
    between: str = "</Quantity>",
    items: str = "",
    closing: str = "</CacheBehaviors>",
) -> Distribution:
    """Return a distribution without listed behaviors, whose list is written like this."""
    original = f"{opening}0{between}{items}{closing}"
    return replace(
        make_distribution(),
        opening=opening,
        between=between,
        closing=closing,
        original_list=original,
    )


def pretty_printed(distribution: Distribution) -> Distribution:
    """Return the distribution as another tool may write it: whitespace, `<tag/>` if empty."""
    text = minidom.parseString(distribution.document).toprettyxml(indent="  ")
    cut = re.fullmatch(
        r"(?P<head>.*)(?P<opening><CacheBehaviors>\s*<Quantity>)\d+"
        r"((?P<between></Quantity>\s*)(?P<items><Items>\s*)"
        r"(?P<behaviors><CacheBehavior>.*</CacheBehavior>)(?P<items_end>\s*</Items>)|</Quantity>)"
        r"(?P<closing>\s*</CacheBehaviors>)(?P<tail>.*)",
        text,
        re.DOTALL,
    )
    assert cut is not None
    parts: dict[str, Any] = {name: part for name, part in cut.groupdict().items() if part}
    return replace(distribution, **parts)


_LEGACY: Mapping[str, str | None] = {
    "CachePolicyId": None,
    "GrpcConfig": None,
    "ForwardedValues": "<QueryString>true</QueryString><Cookies><Forward>whitelist</Forward>"
    + element("WhitelistedNames", counted_texts("Name", "session", "cart"))
    + "</Cookies>"
    + element("Headers", counted_texts("Name", "Host", "CloudFront-Viewer-Country"))
    + "<QueryStringCacheKeys><Quantity>0</Quantity></QueryStringCacheKeys>",
    "MinTTL": "0",
    "DefaultTTL": "86400",
    "MaxTTL": "31536000",
}

_MANY = (
    *(behavior(f"/section-{number}/*") for number in range(30)),
    *(behavior(f"/img/*.{ending}") for ending in ("png", "jpg", "webp", "avif", "svg")),
    behavior("/v?/items/*", AllowedMethods=methods("HEAD", "GET", "OPTIONS")),
    behavior("*.php", TargetOriginId="php"),
    behavior("docs/*"),
    behavior("/*/feed.xml"),
    behavior("/health"),
)

_SHOP = (behavior("/api/*"), behavior("/static/*", Compress="false"))


#: A staging distribution of a continuous deployment.
STAGING = make_distribution(
    *_SHOP,
    Aliases="<Quantity>0</Quantity>",
    Comment="the next version of the shop",
    ViewerCertificate="<CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>"
    "<SSLSupportMethod>vip</SSLSupportMethod><MinimumProtocolVersion>TLSv1</MinimumProtocolVersion>"
    "<CertificateSource>cloudfront</CertificateSource>",
    Staging="true",
)

#: A multi-tenant distribution. Its names are those of its tenants.
TENANT_ONLY = make_distribution(
    *_SHOP, Aliases="<Quantity>0</Quantity>", ConnectionMode="tenant-only"
)

#: Distributions that already have behaviors in addition to the default one.
WITH_BEHAVIORS: Mapping[str, Distribution] = {
    "s3-with-origin-access-control": make_distribution(
        behavior("/downloads/*", TargetOriginId="assets"),
        Origins=counted(s3_origin("assets", "shop-assets")),
        DefaultCacheBehavior=default_behavior(TargetOriginId="assets"),
    ),
    "custom-origin": make_distribution(*_SHOP),
    "origin-group-as-default-target": make_distribution(
        behavior("/api/*", TargetOriginId="second"),
        Origins=counted(
            custom_origin("first", "first.example.com"),
            custom_origin("second", "second.example.com"),
        ),
        OriginGroups=counted(
            origin_group("unused", "second", "first"), origin_group("both", "first", "second")
        ),
        DefaultCacheBehavior=default_behavior(TargetOriginId="both"),
    ),
    "cloudfront-functions": make_distribution(
        behavior(
            "/old/*",
            FunctionAssociations=counted(
                cloudfront_function(ANOTHER_CLOUDFRONT_FUNCTION, "viewer-request"),
                cloudfront_function(ANOTHER_CLOUDFRONT_FUNCTION, "viewer-response"),
            ),
        ),
        DefaultCacheBehavior=default_behavior(
            FunctionAssociations=counted(
                cloudfront_function(ANOTHER_CLOUDFRONT_FUNCTION, "viewer-request")
            )
        ),
    ),
    "lambda-functions-of-others": make_distribution(
        behavior(
            "/images/*",
            LambdaFunctionAssociations=counted(
                lambda_function(ANOTHER_FUNCTION, "viewer-request"),
                lambda_function(ANOTHER_FUNCTION, "origin-request"),
                lambda_function(ANOTHER_FUNCTION, "origin-response"),
                lambda_function(ANOTHER_FUNCTION, "viewer-response"),
            ),
        ),
        DefaultCacheBehavior=default_behavior(
            LambdaFunctionAssociations=counted(lambda_function(ANOTHER_FUNCTION, "origin-response"))
        ),
    ),
    "key-groups": make_distribution(
        behavior(
            "/members/*",
            TrustedKeyGroups=restricted_to("KeyGroup", "b3a6c1e4-0000-4000-8000-000000000001"),
        ),
        DefaultCacheBehavior=default_behavior(
            TrustedKeyGroups=restricted_to("KeyGroup", "b3a6c1e4-0000-4000-8000-000000000001")
        ),
    ),
    "trusted-signers": make_distribution(
        behavior(
            "/members/*", TrustedSigners=restricted_to("AwsAccountNumber", "self", "111122223333")
        )
    ),
    "legacy-forwarded-values": make_distribution(
        behavior("/wp-admin/*", **_LEGACY),
        behavior("*.php", **_LEGACY),
        DefaultCacheBehavior=default_behavior(**_LEGACY),
    ),
    "made-before-newer-settings-existed": make_distribution(
        behavior("/api/*", TrustedKeyGroups=None, FunctionAssociations=None, **_LEGACY),
        DefaultCacheBehavior=default_behavior(
            TrustedKeyGroups=None, FunctionAssociations=None, **_LEGACY
        ),
        OriginGroups=None,
        HttpVersion="http1.1",
        ContinuousDeploymentPolicyId=None,
        Staging=None,
    ),
    "forty-behaviors-with-wildcards": make_distribution(
        *_MANY, Origins=counted(custom_origin(), custom_origin("php", "php.example.com"))
    ),
    "web-acl": make_distribution(
        *_SHOP,
        WebACLId="arn:aws:wafv2:us-east-1:111122223333:global/webacl/shop/"
        "473e64fd-f30b-4765-81a0-62ad96dd167a",
    ),
    "geo-restriction": make_distribution(
        *_SHOP,
        Restrictions=element(
            "GeoRestriction",
            "<RestrictionType>whitelist</RestrictionType>"
            + counted_texts("Location", "AT", "CH", "DE"),
        ),
    ),
    "continuous-deployment": make_distribution(
        *_SHOP, ContinuousDeploymentPolicyId="8f2c5a7e-0000-4000-8000-000000000002"
    ),
    "custom-error-responses": make_distribution(
        *_SHOP,
        CustomErrorResponses=counted(error_response(403), error_response(404), error_response(405)),
    ),
    "standard-logging": make_distribution(
        *_SHOP,
        Logging="<Enabled>true</Enabled><IncludeCookies>true</IncludeCookies>"
        "<Bucket>shop-logs.s3.amazonaws.com</Bucket><Prefix>cloudfront/</Prefix>",
    ),
    "disabled": make_distribution(*_SHOP, Enabled="false"),
    "field-level-encryption": make_distribution(
        behavior(
            "/checkout/*",
            FieldLevelEncryptionId="C3KM2WVD605UAY",
            AllowedMethods=methods("HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"),
        )
    ),
    "real-time-logs": make_distribution(
        *_SHOP,
        DefaultCacheBehavior=default_behavior(
            RealtimeLogConfigArn="arn:aws:cloudfront::111122223333:realtime-log-config/shop"
        ),
    ),
    "grpc": make_distribution(
        behavior(
            "/shop.v1.Cart/*",
            AllowedMethods=methods("HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"),
            GrpcConfig="<Enabled>true</Enabled>",
        )
    ),
    "policies-for-requests-and-response-headers": make_distribution(
        behavior("/fonts/*", ResponseHeadersPolicyId="5cc3b908-e619-4b99-88e5-2cf7f45965bd"),
        DefaultCacheBehavior=default_behavior(
            OriginRequestPolicyId="216adef6-5c7f-47e4-b989-5492eafa07d3",
            ResponseHeadersPolicyId="67f7725c-6f97-4210-82d7-5512b31e9d03",
        ),
    ),
    "wildcard-alias": make_distribution(
        *_SHOP, Aliases=counted_texts("CNAME", "*.example.com", "example.com")
    ),
    "internationalized-alias": make_distribution(
        *_SHOP,
        Aliases=counted_texts("CNAME", "www.xn--bcher-kva.example.com", "www.example.com"),
        Comment="Bücher für alle · 本 · \U0001f4da",
    ),
    "patterns-beyond-ascii-letters": make_distribution(
        behavior("/größe/*"), behavior("/r&amp;d/~$_-.@'+\"/*"), behavior("*.JPG")
    ),
    "non-ascii-before-the-list": make_distribution(
        behavior("/größe/*"), DefaultRootObject="übersicht-\U0001f600.html"
    ),
    "newest-settings": make_distribution(
        *_SHOP,
        AnycastIpListId="",
        ConnectionMode="direct",
        ViewerMtlsConfig="<Mode>optional</Mode>",
        CacheTagConfig="<HeaderName>cache-tag</HeaderName>",
    ),
    "settings-that-no-boto3-knows": make_distribution(
        behavior("/api/*", FutureLimits='<Rate unit="s">5</Rate><Burst/>', FutureFlag="true"),
        Origins=counted(
            custom_origin().replace("</Origin>", "<FutureRoute><Hop>1</Hop></FutureRoute></Origin>")
        ),
        DefaultCacheBehavior=default_behavior(FutureLimits="<Rate>7</Rate>"),
        FutureTable="<Rows><Row>1</Row><Row>2</Row></Rows>",
    ),
    "settings-of-the-list-that-no-boto3-knows": replace(
        make_distribution(*_SHOP), closing="<FutureRule>first</FutureRule></CacheBehaviors>"
    ),
    # None of these is in the distribution's own list.
    "behaviors-inside-other-elements": make_distribution(
        *_SHOP,
        DefaultCacheBehavior=default_behavior(
            FutureVariants=element("CacheBehaviors", counted(behavior("/ht/renew")))
        ),
        FutureVariants=element("CacheBehaviors", counted(behavior("/ht/clear"))),
    ),
    "pretty-printed": pretty_printed(make_distribution(*_SHOP)),
    "pretty-printed-with-many-behaviors": pretty_printed(
        make_distribution(*_MANY, Comment="größer")
    ),
    "lines-end-in-cr-lf": make_distribution(
        behavior("/api/*").replace("><", ">\r\n<"),
        start='<?xml version="1.0" encoding="UTF-8"?>\r\n' + ROOT + "\r\n",
        Comment="one\r\ntwo",
    ),
    "byte-order-mark": make_distribution(*_SHOP, start="\ufeff" + DECLARATION + ROOT),
    "no-declaration": make_distribution(*_SHOP, start=ROOT),
    "comments-and-processing-instructions": replace(
        make_distribution(
            *_SHOP,
            start=DECLARATION
            + "<!-- <CacheBehaviors><Quantity>9</Quantity> -->"
            + ROOT
            + "<?a b?>",
            Comment="<!-- not the text -->the shop<!-- > -->",
        ),
        between="</Quantity><!-- <Items> ü -->",
        items="<Items><!-- <CacheBehavior> first -->",
        items_end="<!-- </Items> --></Items>",
        closing="<?keep this?></CacheBehaviors>",
    ),
    "cdata": make_distribution(
        behavior("<![CDATA[/a&b/*]]>"),
        Comment="<![CDATA[<CacheBehaviors><Quantity>7</Quantity><Items>]]>",
    ),
    "character-references": make_distribution(
        behavior("/caf&#233;/*"),
        Comment="one&#xD;&#10;two &amp; three &lt;four&gt; &quot;five&apos; &#x1F600;",
        DefaultRootObject="a&amp;b.html",
    ),
    "quotes-and-greater-than-in-attributes": replace(
        make_distribution(
            behavior("/api/*").replace("<CacheBehavior>", "<CacheBehavior note='\"/>' b=\"'>\">"),
            start=DECLARATION + ROOT.replace(">", ' note="a > b">'),
        ),
        opening="<CacheBehaviors a='>'\n><Quantity b=\"/>\">",
        between="</Quantity >",
        items="<Items c='\">' >",
        items_end="</Items\n>",
        closing="</CacheBehaviors >",
    ),
    "another-namespace-among-the-settings": make_distribution(
        *_SHOP, Comment='<x:note xmlns:x="urn:example:x" x:a="1">n</x:note>the shop'
    ),
}

#: Distributions with only the default behavior, however their list is written.
WITHOUT_BEHAVIORS: Mapping[str, Distribution] = {
    "quantity-0": make_distribution(),
    "quantity-0-and-unknown-settings": make_distribution(FutureTable="<Rows><Row>1</Row></Rows>"),
    "quantity-0-behind-an-origin-group": make_distribution(
        Origins=counted(s3_origin("a&amp;b", "first"), s3_origin("second", "second")),
        OriginGroups=counted(origin_group("both", "a&amp;b", "second")),
        DefaultCacheBehavior=default_behavior(TargetOriginId="both"),
    ),
    "items-without-content": without_behaviors(items="<Items></Items>"),
    "items-in-one-tag": without_behaviors(items="<Items/>"),
    "items-with-whitespace": without_behaviors(
        opening="<CacheBehaviors>\n  <Quantity>",
        between="</Quantity>\n  ",
        items="<Items>\n  </Items>",
        closing="\n</CacheBehaviors>",
    ),
    "pretty-printed-quantity-0": pretty_printed(make_distribution(Comment="größer")),
    "unknown-setting-of-the-list": without_behaviors(
        closing="<FutureRule>first</FutureRule></CacheBehaviors>"
    ),
    "unknown-setting-of-the-list-and-items": without_behaviors(
        opening='<CacheBehaviors a=">"><FutureRule/><Quantity>',
        items="<Items/>",
        closing="<FutureRule>it's</FutureRule></CacheBehaviors>",
    ),
    "list-in-one-tag": replace(make_distribution(), original_list="<CacheBehaviors/>"),
    "list-without-content": replace(
        make_distribution(), original_list="<CacheBehaviors></CacheBehaviors>"
    ),
    "list-absent": replace(make_distribution(), original_list=""),
    "list-absent-beyond-ascii": replace(
        make_distribution(DefaultRootObject="größe.html"), original_list=""
    ),
}

DISTRIBUTIONS: Mapping[str, Distribution] = {**WITH_BEHAVIORS, **WITHOUT_BEHAVIORS}

for_each_distribution = pytest.mark.parametrize(
    "distribution", [pytest.param(DISTRIBUTIONS[name], id=name) for name in DISTRIBUTIONS]
)
