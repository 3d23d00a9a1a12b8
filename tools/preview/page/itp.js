// Imitates Safari's ITP after seven days without a visit, as far as a page's script can.

/** Delete what ITP deletes: every cookie that a script can read, and the storage. */
export function deleteScriptWritten() {
  const labels = location.hostname.split(".");
  const domains = labels.map((_, index) => `; Domain=${labels.slice(index).join(".")}`);
  for (const cookie of document.cookie.split("; ")) {
    const [name] = cookie.split("=");
    for (const domain of ["", ...domains]) {
      // biome-ignore lint/suspicious/noDocumentCookie: other browsers lack the Cookie Store API
      document.cookie = `${name}=; Max-Age=0; Path=/${domain}`;
    }
  }
  localStorage.clear();
  sessionStorage.clear();
}
