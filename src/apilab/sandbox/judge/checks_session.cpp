// How a client holds its connections and its cookies. Which cookie is for which paths a provider
// notes where it sets one (fact `set_cookie`: `sid;/api,theme;/api/ui`; `clear_cookie`: `sid`).

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

constexpr std::size_t requests_enough = 10;
constexpr std::size_t needless_max = 5;
// So many at once are no longer one after the other, and a client may open what it likes.
constexpr std::size_t crowd = 5;
// After so much silence either side may have closed what was idle.
constexpr Duration idle_max = std::chrono::seconds(5);

// Connections that open within so short a time were decided on together, and that one is free is
// known to a busy client only a while later.
constexpr Duration blink = std::chrono::milliseconds(20);

// When each connection was accepted, where listeners told of it.
std::map<std::uint64_t, SteadyTime> accepted_at(const Evidence& evidence) {
    std::map<std::uint64_t, SteadyTime> times;
    if (evidence.events != nullptr) {
        for (const ConnectionEvent& event : *evidence.events) {
            if (event.kind == ConnectionEvent::Kind::accepted) {
                times.emplace(event.connection, event.at);
            }
        }
    }
    return times;
}

// What is known of the connections at a row's turn.
class Connections {
public:
    explicit Connections(const Evidence& evidence) : accepted_(accepted_at(evidence)) {}

    // True: it was opened although another was there to be used.
    bool opened_needlessly(const Exchange& row) {
        const auto told = accepted_.find(row.connection);
        const SteadyTime opened =
            told == accepted_.end() ? row.first_byte : std::min(told->second, row.first_byte);
        std::erase_if(known_, [&](const auto& entry) {
            return entry.second.free_since && opened - *entry.second.free_since > idle_max;
        });
        const auto busy =
            static_cast<std::size_t>(std::ranges::count_if(known_, [&](const auto& entry) {
                return !entry.second.free_since || *entry.second.free_since >= opened;
            }));
        const bool needless = busy < crowd && std::ranges::any_of(
                                                  known_,
                                                  [&](const auto& entry) {
                                                      const Known& one = entry.second;
                                                      const Duration unsure =
                                                          busy == 0 ? Duration::zero() : blink;
                                                      return one.usable && one.free_since &&
                                                             *one.free_since + unsure < opened &&
                                                             one.opened + blink <= opened;
                                                  });
        known_[row.connection].opened = opened;
        return needless;
    }

    void note(const Exchange& row) {
        Known& one = known_[row.connection];
        const AttemptEnd end = end_of(row);
        one.free_since = row.finished;
        // A fault that ends it, or leaves bytes on it, makes it none to be used again.
        const bool struck = std::ranges::any_of(row.faults, [](const auto& hit) {
            return hit.kind == "close" || hit.kind == "framing";
        });
        one.usable = end != AttemptEnd::lost && end != AttemptEnd::abandoned && !struck;
    }

private:
    struct Known {
        SteadyTime opened;
        /// Nothing: its request is under way to the end of the run.
        std::optional<SteadyTime> free_since;
        bool usable = true;
    };
    std::map<std::uint64_t, SteadyTime> accepted_;
    std::map<std::uint64_t, Known> known_;
};

Finding reuses_connections(const Evidence& evidence) {
    std::size_t requests = 0;
    std::size_t opened = 0;
    std::size_t needless = 0;
    Connections connections(evidence);
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (row.connection == 0) {
            continue;
        }
        ++requests;
        if (row.request_on_connection == 1) {
            ++opened;
            if (connections.opened_needlessly(row)) {
                ++needless;
                proof.prove(row);
            }
        }
        connections.note(row);
    }
    if (requests < requests_enough) {
        return Finding::not_exercised(
            fmt::format("{} requests over sockets; {} are needed", requests, requests_enough));
    }
    if (needless <= needless_max) {
        return Finding::pass(fmt::format("{} requests over {}", requests,
                                         counted(opened, "connection", "connections")));
    }
    auto finding = Finding::fail(
        fmt::format("{} requests over {} connections: {} were opened while another was free",
                    requests, opened, needless));
    finding.rows = std::move(proof.rows);
    return finding;
}

struct KnownCookie {
    std::string name;
    std::string host;
    std::string path;
};

std::string_view host_of(const Exchange& row) {
    return row.headers ? row.headers->value("host") : std::string_view();
}

std::string full_path(const Exchange& row) {
    return row.provider.empty() ? row.path : "/" + row.provider + row.path;
}

// RFC 6265 section 5.1.4.
bool path_matches(std::string_view request, std::string_view cookie) {
    return request.starts_with(cookie) && (request.size() == cookie.size() ||
                                           cookie.ends_with('/') || request[cookie.size()] == '/');
}

bool fits(const KnownCookie& cookie, const Exchange& row) {
    return cookie.host == host_of(row) && path_matches(full_path(row), cookie.path);
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        parts.push_back(text.substr(0, text.find(by)));
        text.remove_prefix(std::min(parts.back().size() + 1, text.size()));
    }
    return parts;
}

std::vector<std::string> cookies_sent(const Exchange& row) {
    std::vector<std::string> names;
    if (row.headers) {
        for (const auto field : row.headers->get_all("cookie")) {
            for (auto pair : split(field, ';')) {
                pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
                names.emplace_back(pair.substr(0, pair.find('=')));
            }
        }
    }
    return names;
}

// What a client has been given before each row, in order. An answer that was lost gave nothing.
class GivenCookies {
public:
    [[nodiscard]] const std::vector<KnownCookie>& known() const { return known_; }
    void learn(const Exchange& row) {
        if (!row.answered()) {
            return;
        }
        if (const auto set = row.facts.find("set_cookie"); set != row.facts.end()) {
            for (const auto entry : split(set->second, ',')) {
                const auto middle = std::min(entry.find(';'), entry.size());
                KnownCookie cookie{
                    .name = std::string(entry.substr(0, middle)),
                    .host = std::string(host_of(row)),
                    .path = std::string(entry.substr(std::min(middle + 1, entry.size())))};
                forget(cookie.name, cookie.path);
                known_.push_back(std::move(cookie));
            }
        }
        if (const auto cleared = row.facts.find("clear_cookie"); cleared != row.facts.end()) {
            std::erase_if(known_,
                          [&](const KnownCookie& known) { return known.name == cleared->second; });
        }
    }

private:
    void forget(std::string_view name, std::string_view path) {
        std::erase_if(known_, [&](const KnownCookie& known) {
            return known.name == name && known.path == path;
        });
    }
    std::vector<KnownCookie> known_;
};

Finding cookies_stay_at_home(const Evidence& evidence) {
    GivenCookies given;
    std::size_t tempted = 0;
    std::size_t strayed = 0;
    std::string which;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        const auto sent = cookies_sent(row);
        bool elsewhere = false;
        for (const KnownCookie& cookie : given.known()) {
            const bool at_home = std::ranges::any_of(given.known(), [&](const KnownCookie& other) {
                return other.name == cookie.name && fits(other, row);
            });
            elsewhere = elsewhere || !at_home;
            if (!at_home && std::ranges::find(sent, cookie.name) != sent.end()) {
                ++strayed;
                which =
                    fmt::format("{} (for {}) went to {}", cookie.name, cookie.path, full_path(row));
                proof.prove(row);
            }
        }
        tempted += elsewhere ? 1 : 0;
        given.learn(row);
    }
    if (tempted == 0) {
        return given.known().empty()
                   ? Finding::not_applicable("no cookie was set")
                   : Finding::not_exercised("every request was one that all cookies are for");
    }
    if (strayed == 0) {
        return Finding::pass(
            fmt::format("{} requests to other places, and no cookie went with them", tempted));
    }
    auto finding =
        Finding::fail(fmt::format("{} cookies went where they do not belong: {}", strayed, which));
    finding.rows = std::move(proof.rows);
    return finding;
}

Finding brings_cookies_back(const Evidence& evidence) {
    GivenCookies given;
    std::size_t brought = 0;
    std::size_t left_out = 0;
    std::size_t stale = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        const auto sent = cookies_sent(row);
        const auto refused = row.facts.find("refused");
        if (refused != row.facts.end() && refused->second == "stale_session") {
            ++stale;
            proof.prove(row);
        }
        for (const KnownCookie& cookie : given.known()) {
            // Who logs in begins anew.
            if (!fits(cookie, row) || row.operation == "log_in") {
                continue;
            }
            const bool there = std::ranges::find(sent, cookie.name) != sent.end();
            (there ? brought : left_out) += 1;
            if (!there) {
                proof.prove(row);
            }
        }
        given.learn(row);
    }
    if (given.known().empty() && brought + left_out + stale == 0) {
        return Finding::not_applicable("no cookie was set");
    }
    if (brought + left_out + stale == 0) {
        return Finding::not_exercised("no request followed that a cookie is for");
    }
    if (left_out + stale == 0) {
        return Finding::pass(fmt::format("{} cookies came back, each as it was last set", brought));
    }
    auto finding = Finding::fail(fmt::format(
        "{} requests without the cookie that is for them, {} with one that had been replaced",
        left_out, stale));
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_session_checks(CheckList& list) {
    list.push_back(make_check({.id = "CON-01",
                               .kind = CheckKind::should,
                               .level = CheckLevel::recommended,
                               .title = "uses a free connection instead of opening another",
                               .source = "RFC 9112 section 9.3"},
                              reuses_connections));
    list.push_back(make_check({.id = "CKY-01",
                               .kind = CheckKind::never,
                               .level = CheckLevel::normative,
                               .title = "never sends a cookie to a host or path it is not for",
                               .source = "RFC 6265 section 5.4"},
                              cookies_stay_at_home));
    list.push_back(make_check({.id = "CKY-02",
                               .kind = CheckKind::must,
                               .level = CheckLevel::normative,
                               .title = "brings each cookie back, as it was last set",
                               .source = "RFC 6265 sections 5.3 and 5.4"},
                              brings_cookies_back));
}

}  // namespace apilab::sandbox::internal
