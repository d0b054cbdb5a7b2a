// Of apilab doctor, where it is asked for: what a server says to one HEAD.

#include <fmt/format.h>

#include <set>

#include "apilab/base/duration.hpp"
#include "apilab/base/environment.hpp"
#include "apilab/http/date.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/send.hpp"
#include "call/call.hpp"
#include "doctor/doctor.hpp"
#include "environment.hpp"
#include "settings_file.hpp"
#include "source_urls.hpp"

namespace apilab::cli {
namespace {

constexpr auto patience = std::chrono::seconds(5);
// Short-lived signatures (JWT assertions, webhooks) tolerate about that.
constexpr auto skew_warn = std::chrono::seconds(30);
// AWS, Slack and Stripe refuse what is older.
constexpr auto skew_fail = std::chrono::minutes(5);

std::string remedy_for(const Error& error) {
    switch (error.kind()) {
        case ErrorKind::resolve:
            return "is the host's name right, does a name server answer?";
        case ErrorKind::tls:
            return "trust its authority: APILAB_CA_FILE names a PEM file; never switch checks off";
        case ErrorKind::connect:
            return "does it run, is the port right, is a proxy or firewall between?";
        case ErrorKind::timeout:
            return "is a proxy or firewall between? The variables: http_proxy, https_proxy";
        default:
            return error.remedy().empty() ? "ask it by itself: apilab call -v URL" : error.remedy();
    }
}

Finding look_at_clock(const http::Response& answer, SystemTime now) {
    const auto date = http::parse_http_date(answer.headers().get("date").value_or(""), now);
    if (!date) {
        return {"clock", Health::ok, "the server does not say what time it is", {}};
    }
    const Duration skew = now - *date;
    const Duration size = skew < Duration::zero() ? -skew : skew;
    // A Date has whole seconds and was on its way.
    if (size <= std::chrono::seconds(2)) {
        return {"clock", Health::ok, "the server's and ours agree", {}};
    }
    const auto what = fmt::format("ours is {} {} the server's", format_duration(size),
                                  skew < Duration::zero() ? "behind" : "ahead of");
    if (size <= skew_warn) {
        return {"clock", Health::ok, what, {}};
    }
    return {"clock", size > skew_fail ? Health::fail : Health::warn, what,
            "set the clock (timedatectl set-ntp true): signatures and tokens depend on it"};
}

}  // namespace

void look_out(Findings& findings, const http::Url& url) {
    const auto proxy = transport::ProxyOptions::from_environment(process_environment());
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport(
        scheduler,
        {.proxy = proxy.value_or(transport::ProxyOptions()),
         .ca_file = url.secure() ? environment("APILAB_CA_FILE").value_or("") : std::string()});
    const runtime::Timeouts timeouts{
        .connect = patience, .first_byte = patience, .idle = patience, .attempt = patience};
    http::AttemptRecord attempt;
    const auto answer =
        runtime::run(scheduler, transport::send(transport, http::Request("HEAD", url),
                                                {.timeouts = timeouts, .attempt = &attempt}));
    const auto where = url.origin();
    if (!answer) {
        findings.push_back({"network", Health::fail,
                            fmt::format("{}: {}", where, answer.error().message()),
                            remedy_for(answer.error())});
        return;
    }
    const int status = answer->status();
    const auto what =
        fmt::format("{} answers {} in {}{}", where, status, format_duration(attempt.elapsed),
                    url.secure() ? ", its certificate is good" : "");
    constexpr int proxy_wants_credentials = 407;
    constexpr int server_error = 500;
    if (status == proxy_wants_credentials) {
        findings.push_back({"network", Health::fail, what, "the proxy wants user and password"});
    } else if (status >= server_error) {
        findings.push_back({"network", Health::warn, what, "it is in trouble itself: later again"});
    } else {
        findings.push_back({"network", Health::ok, what, {}});
    }
    findings.push_back(look_at_clock(*answer, scheduler.system_now()));
}

void look_at_addresses(Findings& findings) {
    std::set<std::string> asked;
    for (const auto& key : url_keys()) {
        const auto found = provider_url(key, {});
        if (!found) {
            continue;  // there is none, or look_at_settings has said why
        }
        const auto url = http::Url::parse(found->value);
        if (!url) {
            findings.push_back({"network", Health::fail,
                                fmt::format("{}: {}", found->origin, url.error().message()),
                                "write it as http://host or https://host"});
        } else if (asked.insert(url->origin()).second) {
            look_out(findings, *url);
        }
    }
    if (asked.empty()) {
        findings.push_back(
            {"network", Health::ok, "no address is configured, so none was asked", {}});
    }
}

}  // namespace apilab::cli
