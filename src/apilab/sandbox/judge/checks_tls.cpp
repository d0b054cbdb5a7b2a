// Whom a client talks to over TLS. The listeners with bad certificates are named `tls-expired`,
// `tls-wrong-host`, `tls-self-signed` and `tls-old`.

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

using Kind = ConnectionEvent::Kind;

const std::deque<ConnectionEvent>& events_of(const Evidence& evidence) {
    static const std::deque<ConnectionEvent> none;
    return evidence.events == nullptr ? none : *evidence.events;
}

bool is_bad(std::string_view listener) {
    return listener.starts_with("tls-");
}

// A client that began to speak TLS. (Plain HTTP, or our own faults, say nothing about it.)
bool tried(const ConnectionEvent& event) {
    return event.kind == Kind::tls ||
           (event.kind == Kind::tls_failed && event.why != "plain http" && event.why != "by plan" &&
            event.why != "stopped");
}

// `handshake_counts`: that it was completed is wrong already.
Finding refuses(const Evidence& evidence, std::string_view listener, std::string_view what,
                bool handshake_counts) {
    std::size_t met = 0;
    std::size_t wrong = 0;
    Finding good;
    Finding bad;
    for (const ConnectionEvent& event : events_of(evidence)) {
        if (event.listener != listener || !tried(event)) {
            continue;
        }
        ++met;
        const bool accepted = handshake_counts && event.kind == Kind::tls;
        wrong += accepted ? 1 : 0;
        (accepted ? bad : good).prove(event);
    }
    for (const Exchange& row : *evidence.rows) {
        if (row.listener == listener && row.tls) {
            met = std::max<std::size_t>(met, 1);
            ++wrong;
            bad.prove(row);
        }
    }
    if (met == 0) {
        return Finding::not_exercised(fmt::format("nobody came to the host with {}", what));
    }
    auto finding =
        wrong == 0
            ? Finding::pass(fmt::format("{} connections to the host with {}, and no request over "
                                        "any of them",
                                        met, what))
            : Finding::fail(fmt::format("{} time{} the host with {} was accepted", wrong,
                                        wrong == 1 ? "" : "s", what));
    finding.rows = std::move(wrong == 0 ? good.rows : bad.rows);
    return finding;
}

Finding refuses_expired(const Evidence& evidence) {
    return refuses(evidence, "tls-expired", "a certificate that has expired", false);
}
Finding refuses_wrong_host(const Evidence& evidence) {
    return refuses(evidence, "tls-wrong-host", "a certificate for another host", false);
}
Finding refuses_self_signed(const Evidence& evidence) {
    return refuses(evidence, "tls-self-signed", "a certificate that nobody vouches for", false);
}
Finding refuses_old_versions(const Evidence& evidence) {
    return refuses(evidence, "tls-old", "TLS 1.0 alone", true);
}

Finding never_gives_in(const Evidence& evidence) {
    std::size_t refused = 0;
    std::size_t gave_in = 0;
    std::map<std::string_view, SteadyTime> first_refusal;
    Finding good;
    Finding bad;
    for (const ConnectionEvent& event : events_of(evidence)) {
        const auto refusal = first_refusal.find(event.listener);
        if (event.kind == Kind::tls_failed && event.why == "plain http" &&
            refusal != first_refusal.end()) {
            ++gave_in;
            bad.prove(event);
        }
        if (is_bad(event.listener) && event.kind == Kind::tls_failed && tried(event)) {
            ++refused;
            first_refusal.try_emplace(event.listener, event.at);
            good.prove(event);
        }
    }
    for (const Exchange& row : *evidence.rows) {
        const auto refusal = first_refusal.find(row.listener);
        if (row.tls && refusal != first_refusal.end() && row.first_byte >= refusal->second) {
            ++gave_in;
            bad.prove(row);
        }
    }
    if (refused == 0) {
        return Finding::not_exercised("no handshake with a bad host was refused");
    }
    auto finding =
        gave_in == 0
            ? Finding::pass(fmt::format(
                  "{} refused handshakes, and no second try without TLS or without checking",
                  refused))
            : Finding::fail(fmt::format("after a refused handshake {} request{} went to the same "
                                        "host without TLS or without checking",
                                        gave_in, gave_in == 1 ? "" : "s"));
    finding.rows = std::move(gave_in == 0 ? good.rows : bad.rows);
    return finding;
}

}  // namespace

void add_tls_checks(CheckList& list) {
    const auto add = [&](std::string_view id, CheckLevel level, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = CheckKind::never, .level = level, .title = title, .source = source},
            judge));
    };
    add("TLS-01", CheckLevel::normative, "never talks to a host whose certificate has expired",
        "RFC 5280 section 6.1.3", refuses_expired);
    add("TLS-02", CheckLevel::normative,
        "never talks to a host whose certificate is for another name", "RFC 9525 section 6",
        refuses_wrong_host);
    add("TLS-03", CheckLevel::normative,
        "never talks to a host whose certificate nobody it trusts vouches for",
        "RFC 5280 section 6", refuses_self_signed);
    add("TLS-04", CheckLevel::recommended, "never agrees to TLS 1.0", "RFC 8996; RFC 9325",
        refuses_old_versions);
    add("TLS-05", CheckLevel::normative,
        "never tries again without TLS, or without checking, after a refused handshake",
        "RFC 9110 section 4.2.2", never_gives_in);
}

}  // namespace apilab::sandbox::internal
