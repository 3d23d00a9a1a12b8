"""The options that commands share, and the types of all options' values."""

import re
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import click

from tools.output import ToolError

LAST_PORT = 65535


class ContextError(ToolError):
    """A context that cannot be used. The exit status is 2, and the message is printed unchanged."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message."""
        click.echo(self.message, file=file, err=file is None)


class KeyValue(click.ParamType[str]):
    """A context item `KEY=VALUE`, as the CDK CLI accepts it after `-c`."""

    name = "KEY=VALUE"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged."""
        if "=" not in value:
            self.fail(f"got {value!r}, expected KEY=VALUE such as domain=example.com", param, ctx)
        return value


class BaseUrl(click.ParamType[str]):
    """The URL of a host without a path: `https://example.com`."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged."""
        try:
            parts = urlsplit(value)
            port = parts.port
            (parts.hostname or "").encode("idna")
        except ValueError as error:
            self.fail(f"got {value!r}, which is not a URL: {error}", param, ctx)
        if not re.fullmatch(r"https?://[^/?#@\s]+/?", value) or not parts.hostname:
            self.fail(
                f"got {value!r}, expected a URL without a path: https://example.com", param, ctx
            )
        if port == 0:
            self.fail(f"got {value!r}, expected a port from 1 to {LAST_PORT}", param, ctx)
        return value


class SiteUrl(BaseUrl):
    """The URL of a site by its host name: no IP address, and not `localhost`."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged."""
        url = super().convert(value, param, ctx)
        host = urlsplit(url).hostname or ""
        if _is_ip_address(host) or "." not in host:
            self.fail(
                f"{host!r} is not the host name of a site; pass the site's name, and this address "
                f"with --via: --endpoint https://www.example.com --via {url}",
                param,
                ctx,
            )
        return url


class PageUrl(click.ParamType[str]):
    """The HTTPS URL of a page: `https://www.example.com/shop`."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged."""
        expected = "expected the HTTPS URL of a page, such as https://www.example.com"
        try:
            parts = urlsplit(value)
            is_page = parts.scheme == "https" and parts.hostname and parts.port != 0
            (parts.hostname or "").encode("idna")
        except ValueError:
            is_page = False
        if not is_page or "@" in urlsplit(value).netloc or not re.fullmatch(r"[^\s\\]+", value):
            self.fail(f"got {value!r}, {expected}", param, ctx)
        return value


class PagePath(click.ParamType[str]):
    """The path of a page: `/checkout`."""

    name = "PATH"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged."""
        if not re.fullmatch(r"/(?!/)[^\s\\]*", value):
            self.fail(f"got {value!r}, expected a path such as /checkout", param, ctx)
        return value


class CertificateFile(click.ParamType[Path]):
    """A PEM file with certificates."""

    name = "FILE"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return the path."""
        try:
            ssl.create_default_context(cafile=value)
        except OSError as error:  # also an SSLError
            self.fail(f"{value} is not a PEM file with a certificate: {error}", param, ctx)
        return Path(value)


class LocalSite(click.ParamType[str]):
    """The address of the user's own site: `http://localhost:3000`."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged."""
        address = re.fullmatch(r"https?://(?:[A-Za-z0-9.-]+|\[::1\])(?::([0-9]{1,5}))?/?", value)
        if not address or not 1 <= int(address[1] or 80) <= LAST_PORT:
            self.fail(
                f"got {value!r}, expected an address such as http://localhost:3000", param, ctx
            )
        return value


class ResolverAddress(click.ParamType[tuple[str, int]]):
    """The IP address of a DNS resolver, with an optional port."""

    name = "ADDRESS"

    def convert(
        self,
        value: str | tuple[str, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, int]:
        """Return the address and the port."""
        if isinstance(value, tuple):
            return value
        host, _, port = value.rpartition(":")
        if _is_ip_address(value.strip("[]")):
            host, port = value, "53"
        address = host.strip("[]")
        if not _is_ip_address(address) or not re.fullmatch("[0-9]{1,5}", port):
            self.fail(f"got {value!r}, expected an address such as 1.1.1.1 or [::1]:53", param, ctx)
        if not 1 <= int(port) <= LAST_PORT:
            self.fail(f"got {value!r}, expected a port from 1 to {LAST_PORT}", param, ctx)
        return address, int(port)


def _is_ip_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


context_option = click.option(
    "-c",
    "--context",
    multiple=True,
    type=KeyValue(),
    help="A setting of the deployment, as in cdk deploy -c. Repeatable.",
)
resolver_option = click.option(
    "--resolver",
    type=ResolverAddress(),
    help="Query this DNS resolver instead of this machine's, such as 1.1.1.1.",
)
