/**
 * The environment variables that the Docker client, its plugins, and the programs and libraries in use read for
 * themselves. A build arg of such a name must not be put into the client's environment, where it would redirect the
 * client's connections or replace the programs that it starts.
 */

/** Compared in upper case. A star stands for any further characters. */
const names = [
  // Proxies, as every HTTP library reads them.
  ...["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"],
  // The client, its plugins, and BuildKit in them.
  ...["DOCKER_*", "BUILDX_*", "BUILDKIT_*", "BAKE_*", "MOBY_*", "COMPOSE_*", "EXPERIMENTAL_*", "SOURCE_DATE_EPOCH"],
  ...["OTEL_*", "JAEGER_*", "TRACEPARENT", "TRACESTATE", "KUBECONFIG", "KUBERNETES_*", "CONTAINERD_*"],
  // Folders of programs, files and users.
  ...["PATH", "PATHEXT", "HOME", "HOMEDRIVE", "HOMEPATH", "USER", "USERNAME", "USERPROFILE", "LOGNAME", "SHELL", "PWD"],
  ...["TMP", "TEMP", "TMPDIR", "XDG_*", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES*", "ALLUSERSPROFILE"],
  ...["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC"],
  // The loader, the C library, and the runtimes of the client, its helpers and devloop.
  ...["LD_*", "DYLD_*", "GLIBC_*", "MALLOC_*", "GCONV_PATH", "LOCPATH", "LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES"],
  ...["GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK", "GORACE", "GOCOVERDIR", "GOROOT"],
  ...["PYTHONPATH", "PYTHONHOME", "NODE_OPTIONS", "BUN_OPTIONS", "BUN_BE_BUN", "BASH_ENV", "SHELLOPTS", "BASHOPTS"],
  ...["LANG", "LANGUAGE", "LC_*", "TZ", "TZDIR", "TERM", "TERMINFO*", "NO_COLOR", "CLICOLOR*", "COLORTERM", "COLUMNS"],
  // TLS, ssh, git, and the credential helpers with the clouds that they ask.
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "OPENSSL_*", "SSH_*", "GIT_*", "GNUPGHOME", "GPG_*"],
  ...["PASSWORD_STORE_*", "DBUS_*", "DISPLAY", "WAYLAND_DISPLAY", "KRB5*"],
  ...["AWS_*", "AZURE_*", "GOOGLE_*", "GCLOUD_*", "CLOUDSDK_*", "GCE_*", "ACTIONS_*", "GITHUB_*"],
];

const pattern = new RegExp(`^(?:${names.map((name) => name.replace("*", ".*")).join("|")})$`);

export function isClientVariable(name: string): boolean {
  return pattern.test(name.toUpperCase());
}
