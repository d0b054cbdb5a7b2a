// Flags as options of the client and its transport, and what contradicts what.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/environment.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/uuid.hpp"
#include "call/call.hpp"
#include "environment.hpp"
#include "secret_argument.hpp"

namespace apilab::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t pem_max = std::size_t{1} << 20U;

std::unexpected<Error> wrong(std::string_view flag, std::string_view what, std::string remedy) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", flag, what))
                    .with_detail(std::string(flag))
                    .with_remedy(std::move(remedy)));
}

Result<Duration> duration_of(std::string_view flag, const std::string& text) {
    constexpr Duration low = 1ms;
    constexpr Duration high = 1h;
    auto parsed = parse_duration(text);
    if (!parsed || *parsed < low || *parsed > high) {
        return wrong(flag, fmt::format("'{}' is no time from 1 ms to 1 h", text.substr(0, 40)),
                     "write it with its unit: 500ms, 10s, 2m");
    }
    return *parsed;
}

// `5/s`, `100/m`: so many in one second, minute or hour.
Result<policy::Quota> quota_of(const std::string& text) {
    const auto slash = text.find('/');
    const auto unit = slash == std::string::npos ? std::string() : text.substr(slash + 1);
    const Duration window =
        unit == "s" ? Duration(1s) : (unit == "m" ? Duration(60s) : Duration(1h));
    double permits = 0;
    const auto* end = text.data() + std::min(slash, text.size());
    const auto read = std::from_chars(text.data(), end, permits);
    constexpr double permits_max = 1e6;
    if (read.ec != std::errc() || read.ptr != end || permits <= 0 || permits > permits_max ||
        (unit != "s" && unit != "m" && unit != "h")) {
        return wrong("--pace", fmt::format("'{}' is no pace", text.substr(0, 40)),
                     "auto, off, or N/s, N/m, N/h with N up to 1,000,000");
    }
    return policy::Quota{.permits = permits, .window = window};
}

Result<void> set_pace(const std::string& pace, client::ClientOptions& options) {
    if (pace == "off") {
        options.limiter.reset();
    } else if (pace != "auto") {
        APILAB_TRY(options.limiter->quota, quota_of(pace));
        options.limiter->profiles = false;
    }
    return {};
}

Result<transport::ProxyOptions> proxy_of(const std::string& flag) {
    if (flag == "off") {
        return transport::ProxyOptions{};
    }
    if (flag.empty()) {
        return transport::ProxyOptions::from_environment(process_environment());
    }
    std::string text = flag;
    if (flag.starts_with("env:") || flag.starts_with('@') || flag.starts_with("cmd:")) {
        APILAB_TRY(const auto secret, secret_argument(flag));
        text = secret.reveal();
    }
    APILAB_TRY(auto proxy, transport::Proxy::parse(text));
    if (!proxy.password.empty() && text == flag) {
        return wrong("--proxy", "its password may not stand on a command line",
                     "put the address into a variable: --proxy env:NAME");
    }
    return transport::ProxyOptions{.http = proxy, .https = proxy};
}

Result<void> set_certificates(const CallFlags& flags, transport::AsioTransportOptions& options) {
    auto ca = flags.ca_file;
    std::string_view origin = "--cacert";
    if (ca.empty()) {
        ca = environment("APILAB_CA_FILE").value_or("");
        origin = "APILAB_CA_FILE";
    }
    std::error_code code;
    if (!ca.empty() && !std::filesystem::is_regular_file(ca, code)) {
        return wrong(origin, fmt::format("there is no file {}", ca), "a PEM file of certificates");
    }
    options.ca_file = ca;
    if (flags.certificate.empty()) {
        return {};
    }
    auto certificate = read_file(flags.certificate, pem_max);
    auto key = read_file(flags.key.empty() ? flags.certificate : flags.key, pem_max);
    if (!certificate || !key) {
        return fail((certificate ? key : certificate).error());
    }
    options.client_certificate = *std::move(certificate);
    options.client_key = Secret(*std::move(key));
    return {};
}

Result<std::string> idempotency_key_of(const std::string& flag) {
    if (flag == "none") {
        return std::string();
    }
    if (flag == "auto") {
        SystemRng rng;
        return uuid_v4(rng);
    }
    constexpr std::size_t key_max = 255;
    if (flag.empty() || flag.size() > key_max || !http::valid_field_value(flag)) {
        return wrong("--idempotency-key", "this is no key", "auto, none, or 1 to 255 characters");
    }
    return flag;
}

struct Pair {
    std::string_view flag;
    bool given;
    std::string_view other;
    bool other_given;
};

}  // namespace

Result<void> check_flags(const CallFlags& flags, const Globals& globals) {
    const bool evidence = !flags.har.empty() || !flags.html.empty();
    const std::array pairs{
        Pair{"--raw", flags.raw.has_value(), "--form", flags.form},
        Pair{"--raw", flags.raw.has_value(), "--multipart", flags.multipart},
        Pair{"--bearer", !flags.bearer.empty(), "--auth", !flags.auth.empty()},
        Pair{"--session", !flags.session.empty(), "--session-read-only",
             !flags.session_read_only.empty()},
        Pair{"--offline", flags.offline, flags.har.empty() ? "--html" : "--har", evidence},
        Pair{"--offline", flags.offline, "--timing", flags.timing},
        Pair{"--offline", flags.offline, "--show-attempts", flags.show_attempts},
        Pair{"--offline", flags.offline, "--output", !flags.output.empty()},
        Pair{"--json", globals.json, "--print", flags.print.has_value()},
        Pair{"--json", globals.json, "--pretty", !flags.pretty.empty()},
        Pair{"--quiet", globals.quiet, "-v", globals.verbosity > 0},
    };
    for (const auto& pair : pairs) {
        if (pair.given && pair.other_given) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("{} and {} contradict each other", pair.flag, pair.other))
                            .with_detail(std::string(pair.flag))
                            .with_remedy("leave one of them out"));
        }
    }
    if (flags.max_redirects && !flags.follow) {
        return wrong("--max-redirects", "redirects are not followed", "add --follow");
    }
    if (!flags.key.empty() && flags.certificate.empty()) {
        return wrong("--key", "it belongs to a certificate", "add --cert FILE");
    }
    if (flags.print && flags.print->find_first_not_of("HBhb") != std::string::npos) {
        return wrong("--print", fmt::format("'{}' has an unknown part", flags.print->substr(0, 40)),
                     "H and B are the request's head and body, h and b the answer's");
    }
    return {};
}

Result<CallSetup> call_setup(const CallFlags& flags, const CallTarget& target,
                             const http::Request& request) {
    CallSetup setup;
    auto& client = setup.client;
    client.retry.max_attempts = flags.retries + 1;
    APILAB_TRY(client.deadline, duration_of("--deadline", flags.deadline));
    APILAB_TRY(client.timeouts.attempt, duration_of("--timeout", flags.timeout));
    APILAB_TRY(client.timeouts.connect, duration_of("--connect-timeout", flags.connect_timeout));
    // A part is never longer than the whole, whatever the defaults are.
    client.timeouts.attempt = std::min(client.timeouts.attempt, client.deadline);
    client.timeouts.connect = std::min(client.timeouts.connect, client.timeouts.attempt);
    client.timeouts.first_byte = client.timeouts.attempt;
    client.timeouts.idle = client.timeouts.attempt;
    APILAB_CHECK(set_pace(flags.pace, client));
    client.redirects.reset();
    if (flags.follow) {
        client.redirects = policy::RedirectOptions{.hops_max = flags.max_redirects.value_or(10)};
    }
    // Where a sandbox is named, the other side is told the spans, so that its side can be shown
    // beside ours; without one no header is added.
    client.tracing = client::TraceOptions{.propagate = environment("APILAB_ADMIN_URL").has_value()};

    APILAB_TRY(setup.call.idempotency_key, idempotency_key_of(flags.idempotency_key));
    setup.call.operation.provider = target.provider;
    if (!flags.effect.empty()) {
        setup.call.operation.effect =
            flags.effect == "read"
                ? http::Effect::read
                : (flags.effect == "write" ? http::Effect::write : http::Effect::idempotent);
    }
    auto proxy = proxy_of(flags.proxy);
    if (!proxy) {
        return fail(std::move(proxy).error().in(flags.proxy.empty() ? "the proxy" : "--proxy"));
    }
    setup.transport.proxy = *std::move(proxy);
    if (request.url().secure()) {
        APILAB_CHECK(set_certificates(flags, setup.transport));
    }
    return setup;
}

}  // namespace apilab::cli
