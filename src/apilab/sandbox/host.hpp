#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::runtime {
class RealScheduler;
}

namespace apilab::sandbox {

struct HostOptions {
    /// Loopback unless told otherwise: the sandbox is no server for the world.
    std::string address = "127.0.0.1";
    /// 0: a free one.
    std::uint16_t port = 4010;
    std::uint16_t admin_port = 4011;
    /// Of another origin, for redirects that lead away; 0: a free one. Nothing: none is bound.
    std::optional<std::uint16_t> foreign_port;
    /// The same over TLS, with a certificate for `localhost`, `127.0.0.1` and `::1` by an authority
    /// made at the start, and hosts with bad certificates on free ports besides; 0: a free one.
    /// Nothing: no TLS.
    std::optional<std::uint16_t> tls_port;
    /// Providers with a port of their own besides, where they stand without their prefix; 0: a free
    /// one. `APILAB_<PROVIDER>_URL` is that one's then.
    std::vector<std::pair<std::string, std::uint16_t>> listen = {};
    /// Empty: drawn from the operating system.
    Secret admin_token;
    /// Written (mode 0600, by rename) once all listeners accept, removed by `stop`.
    std::optional<std::filesystem::path> ready_file;
    /// Where the seed world's private keys are written (mode 0600, the folder 0700) unless they lie
    /// there already. They stay. With a `tls_port` also the authority's certificate (`ca.pem`).
    /// Nothing: no such files.
    std::optional<std::filesystem::path> key_dir;
};

/// Names and values in the order of `cli.md`: `APILAB_GITHUB_URL`, ..., `APILAB_ADMIN_TOKEN`.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// A sandbox on real sockets: the data port with all providers, the admin port, and where wanted
/// another origin's (`APILAB_FOREIGN_URL`).
///
///     SandboxHost host(scheduler, **sandbox, {.port = 0, .admin_port = 0});
///     if (auto started = host.start(); !started) { ... }
///     for (const auto& [name, value] : host.environment()) { ... }
///
/// Belongs to the scheduler's thread. Scheduler and sandbox outlive it.
class SandboxHost {
public:
    SandboxHost(runtime::RealScheduler& scheduler, Sandbox& sandbox, HostOptions options = {});
    SandboxHost(const SandboxHost&) = delete;
    SandboxHost& operator=(const SandboxHost&) = delete;
    ~SandboxHost();

    /// Binds both ports and writes the ready file. Once. Errors: `io` (a port is taken; the message
    /// says which), `invalid_argument` (the address), those of writing the file.
    [[nodiscard]] Result<void> start();
    /// Stops accepting, lets answers end for so long, then cuts the rest; removes the ready file.
    [[nodiscard]] runtime::Task<void> stop(Duration grace);

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::uint16_t admin_port() const;
    /// 0: without TLS.
    [[nodiscard]] std::uint16_t tls_port() const;
    /// Only what is served: `APILAB_<PROVIDER>_URL` for each provider (without trailing slash),
    /// then the credentials of the run's seed; `APILAB_ADMIN_URL` (the bare origin),
    /// `APILAB_ADMIN_TOKEN`; with TLS `APILAB_TLS_URL` (an origin, with the same prefixes below
    /// it), `APILAB_TLS_EXPIRED_URL`, `APILAB_TLS_WRONG_HOST_URL`, `APILAB_TLS_SELF_SIGNED_URL`,
    /// `APILAB_TLS_OLD_URL` (TLS 1.0) and `APILAB_CA_FILE`; with a `key_dir` the absolute paths of
    /// the keys
    /// (`APILAB_GOOGLE_SA_KEY_FILE`, ...).
    [[nodiscard]] Environment environment() const;
    /// `http://127.0.0.1:4010`.
    [[nodiscard]] std::string origin() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The same under the names that scripts for official SDKs expect (`GITHUB_URL`, `ADMIN_URL`, ...):
/// without `APILAB_`, in addition to what is given.
[[nodiscard]] Environment with_plain_names(Environment environment);
/// One flat JSON object.
[[nodiscard]] std::string ready_json(const Environment& environment);
/// Reads a ready file (at most 64 KiB). Errors: `invalid_argument` where it is missing or is no
/// flat object of strings.
[[nodiscard]] Result<Environment> read_ready_file(const std::filesystem::path& path);
/// `export NAME='value'` lines for a shell.
[[nodiscard]] std::string shell_exports(const Environment& environment);

}  // namespace apilab::sandbox
