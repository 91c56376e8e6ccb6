/** OpenSSL's words for a chain that ends with nobody that this machine knows. */
const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** What is wrong with another server's certificate, from the code of the error; undefined where it is something else. */
export function describeCertificateProblem(code: string): string | undefined {
  if (untrusted.has(code)) {
    return `has a certificate of nobody whom this machine trusts (${code}); NODE_EXTRA_CA_CERTS=FILE names the one that signed it`;
  }
  if (code === "CERT_HAS_EXPIRED") return "has a certificate that has expired";
  if (code === "CERT_NOT_YET_VALID") return "has a certificate that is not valid yet";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "has a certificate of another name";
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return `does not speak TLS as it should (${code})`;
  return undefined;
}
