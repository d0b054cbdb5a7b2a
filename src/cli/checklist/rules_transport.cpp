// Group B: transport and HTTP.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/sandbox/judge/operations.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {
namespace {

using sandbox::Exchange;

constexpr Duration tolerance = std::chrono::milliseconds(500);

// --- B01

constexpr std::array<std::string_view, 7> switched_off{"CURLOPT_SSL_VERIFYPEER, 0",
                                                       "CURLOPT_SSL_VERIFYHOST, 0",
                                                       "rejectUnauthorized: false",
                                                       "InsecureSkipVerify: true",
                                                       "NODE_TLS_REJECT_UNAUTHORIZED=0",
                                                       "verify=False",
                                                       "curl -k "};
constexpr std::array<std::string_view, 6> plain_hosts{
    "http://api.github.com", "http://slack.com",    "http://api.notion.com",
    "http://api.osv.dev",    "http://registry.npm", "http://gmail.googleapis.com"};

bool is_test(std::string_view path) {
    return contains_any(ascii_lowered(path), {"test", "fixture", "docs/"}) || path.ends_with(".md");
}

Answer tls_by_files(const Observed& seen) {
    for (const auto& file : seen.files) {
        if (is_test(file.path)) {
            continue;
        }
        std::string_view what;
        const auto line = first_line(file.text, [&](std::string_view text) {
            for (const auto words : switched_off) {
                what = text.contains(words) ? words : what;
            }
            for (const auto words : plain_hosts) {
                what = text.contains(words) ? words : what;
            }
            return !what.empty();
        });
        if (line != 0) {
            return fails(fmt::format("`{}` stands in {}", what, file.path),
                         {line_in(file.path, line)});
        }
    }
    return untested("no file says that certificates are not checked");
}

// B01
Answer tls(const Observed& seen) {
    const auto files = tls_by_files(seen);
    if (files.state == State::fail) {
        return files;
    }
    return judged(seen, "certificates", {"TLS-01", "TLS-02", "TLS-03", "TLS-05", "RDR-04"});
}

// --- B02, B03: silence

enum class Silence : std::uint8_t { head, body };

// Before the answer's head, or in its middle; nothing: it was not silent.
std::optional<Silence> silence_of(const Exchange& row) {
    if (!struck(row, "stall") && !struck(row, "drip")) {
        return std::nullopt;
    }
    return row.status == 0 ? Silence::head : Silence::body;
}

// What was under way then was ended by the service's own end.
SteadyTime end_of_episode(const Episode& episode) {
    auto end = episode.over;
    if (end == SteadyTime()) {
        for (const auto& row : episode.rows) {
            end = std::max({end, row.first_byte, row.finished.value_or(SteadyTime())});
        }
    }
    return end;
}

struct Waits {
    Rows good;
    Rows clung;
    Duration longest{};
    std::string wrong;
    /// Waited for to the end, which came before the limit that the inventory names.
    std::string cut_short;
};

void look_at_wait(const Observed& seen, const Episode& episode, const Exchange& row, Waits& waits) {
    const auto last = end_of_episode(episode);
    const bool left = row.finished && *row.finished <= last;
    const auto end = left ? *row.finished : last;
    const Duration waited = end - row.complete - row.delay;
    const Integration* one = integration_of(seen, row.provider);
    const auto limit = one == nullptr ? std::nullopt : longest_limit(one->timeout);
    if (left && !row.peer_closed) {
        return;  // the silence ended by itself
    }
    const auto name = inventory_name(row.provider);
    if (limit && waited > *limit + tolerance) {
        waits.clung.add(episode, row);
        waits.wrong = fmt::format("{} was waited for {}, where the inventory says {}", name,
                                  format_duration(waited), format_duration(*limit));
    } else if (left) {
        waits.good.add(episode, row);
        waits.longest = std::max(waits.longest, waited);
    } else if (limit) {
        waits.cut_short = fmt::format("{} was still waited for after {}, and its limit is {}", name,
                                      format_duration(waited), format_duration(*limit));
    } else {
        waits.clung.add(episode, row);
        waits.wrong = fmt::format(
            "{} was still waited for after {}, and the inventory names no "
            "limit",
            name, format_duration(waited));
    }
}

Answer silence_ends(const Observed& seen, Silence kind, std::string_view where) {
    const auto silent = ran(seen, "silent");
    if (!silent) {
        return silent.error();
    }
    Waits waits;
    for (const auto& row : (*silent)->rows) {
        if (silence_of(row) == kind) {
            look_at_wait(seen, **silent, row, waits);
        }
    }
    if (!waits.clung.empty()) {
        return fails(waits.wrong, waits.clung.evidence());
    }
    if (waits.good.empty()) {
        return untested(!waits.cut_short.empty() ? waits.cut_short
                                                 : fmt::format("no answer fell silent {}", where));
    }
    return passes(fmt::format("{} fell silent {}; the service left after {} at most",
                              counted(waits.good.size(), "answer", "answers"), where,
                              format_duration(waits.longest)),
                  waits.good.evidence());
}

// B02
Answer first_byte_limited(const Observed& seen) {
    return silence_ends(seen, Silence::head, "before its first byte");
}
// B03
Answer body_silence_limited(const Observed& seen) {
    return silence_ends(seen, Silence::body, "in the middle of its body");
}

// --- B04

bool failed(const Exchange& row) {
    const auto end = sandbox::end_of(row);
    return end != sandbox::AttemptEnd::success && end != sandbox::AttemptEnd::pending;
}

std::optional<Evidence> said_deadline(const Episode& episode, std::string_view provider) {
    for (const auto& life : episode.lives) {
        for (const auto& line : life.log) {
            const auto low = ascii_lowered(line);
            if (contains_any(low, {"deadline", "gave up", "given up"}) &&
                contains_any(low, {provider, provider == "gmail" ? "google" : provider})) {
                return log_line(episode, line);
            }
        }
    }
    return std::nullopt;
}

struct Pressed {
    std::optional<Answer> wrong;
    std::optional<Answer> shown;
    std::string nearest;
    Duration longest{};
};

// One call against what the inventory says that it may take.
void look_at_call(const Observed& seen, const Episode& episode, const Attempts& call,
                  Pressed& pressed) {
    const Exchange& first = *call.front();
    const Exchange& last = *call.back();
    const Integration* one = integration_of(seen, first.provider);
    const auto limit = one == nullptr ? std::nullopt : longest_limit(one->timeout);
    if (!to_a_provider(first) || !failed(last) || !limit) {
        return;
    }
    const auto end = first.first_byte + *limit + tolerance;
    const auto name = inventory_name(first.provider);
    Rows rows;
    for (const auto* row : call) {
        rows.add(episode, *row);
    }
    if (last.first_byte > end) {
        pressed.wrong = fails(fmt::format("an attempt of a call to {} began {} after its first, "
                                          "where the whole may take {}",
                                          name, format_duration(last.first_byte - first.first_byte),
                                          format_duration(*limit)),
                              rows.evidence());
        return;
    }
    const Duration took = *last.finished - first.first_byte;
    const auto come_back = last.not_before();
    if (come_back && *come_back > end) {
        if (const auto line = said_deadline(episode, name)) {
            auto evidence = rows.evidence();
            evidence.push_back(*line);
            pressed.shown = passes(
                fmt::format("{} asked for a wait beyond the {} that a call may take: it was given "
                            "up at once, after {}",
                            name, format_duration(*limit), format_duration(took)),
                std::move(evidence));
        }
    } else if (took * 5 >= *limit * 4 && end_of_episode(episode) > end) {
        pressed.shown = passes(fmt::format("a call to {} that failed to the end took {} of its {}, "
                                           "and nothing of it came later",
                                           name, format_duration(took), format_duration(*limit)),
                               rows.evidence());
    }
    if (took > pressed.longest) {
        pressed.longest = took;
        pressed.nearest = fmt::format("the longest call that failed took {} of its {} ({})",
                                      format_duration(took), format_duration(*limit), name);
    }
}

// B04
Answer one_deadline(const Observed& seen) {
    Pressed pressed;
    bool any = false;
    for (const std::string_view id : {"flaky", "silent", "down"}) {
        const auto episode = ran(seen, id);
        if (!episode) {
            continue;
        }
        any = true;
        for (const auto& call : calls_of(**episode)) {
            look_at_call(seen, **episode, call, pressed);
        }
    }
    if (!any) {
        return untested("none of the episodes 'flaky', 'silent' and 'down' was run");
    }
    if (pressed.wrong) {
        return *pressed.wrong;
    }
    const auto providers = providers_seen(seen);
    for (const auto& name : providers) {
        const Integration* one = integration_of(seen, name);
        if (one == nullptr || !longest_limit(one->timeout)) {
            return fails(fmt::format("the inventory names no limit for a call to {}", name),
                         {manifest_line(seen, fmt::format("integration.{}.timeout", name))});
        }
    }
    return pressed.shown
               ? *pressed.shown
               : untested(pressed.nearest.empty() ? "no call failed to its end" : pressed.nearest);
}

// B05
Answer measured_timeouts(const Observed& seen) {
    const auto providers = providers_seen(seen);
    if (providers.empty()) {
        return untested("no call was seen, so that nobody knows whose limits are needed");
    }
    std::set<std::string> lacking;
    std::set<std::string> values;
    std::vector<Evidence> evidence;
    for (const auto& name : providers) {
        const Integration* one = integration_of(seen, name);
        const auto limit = one == nullptr ? std::nullopt : longest_limit(one->timeout);
        const auto percentile = one == nullptr ? std::nullopt : measured_percentile(one->timeout);
        evidence.push_back(manifest_line(seen, fmt::format("integration.{}.timeout", name)));
        if (!limit || !percentile) {
            lacking.insert(name);
        } else if (*percentile > *limit) {
            return fails(fmt::format("the limit of {} ({}) is below what was measured ({})", name,
                                     format_duration(*limit), format_duration(*percentile)),
                         {evidence.back()});
        } else {
            values.insert(fmt::format("{} {}", name, one->timeout));
        }
    }
    if (!lacking.empty()) {
        return fails(
            fmt::format("no limit with a measured percentile beside it for {}", listed(lacking)),
            {manifest_line(seen, fmt::format("integration.{}.timeout", *lacking.begin()))});
    }
    return passes(
        fmt::format("each limit has the measured percentile beside it: {}", listed(values)),
        std::move(evidence));
}

// --- B06

constexpr std::size_t connections_most = 64;
constexpr std::size_t calls_least = 4;

std::size_t peak_of(const std::deque<Exchange>& rows) {
    std::size_t peak = 0;
    for (const auto& row : rows) {
        const auto under_way = std::ranges::count_if(rows, [&](const Exchange& other) {
            return other.first_byte <= row.first_byte &&
                   other.finished.value_or(SteadyTime::max()) > row.first_byte;
        });
        peak = std::max(peak, static_cast<std::size_t>(under_way));
    }
    return peak;
}

// B06
Answer connections(const Observed& seen) {
    const auto calm = ran(seen, "calm");
    if (!calm) {
        return calm.error();
    }
    std::set<std::uint64_t> all;
    Rows fresh;
    Rows used;
    for (const auto& row : (*calm)->rows) {
        all.insert(row.connection);
        (row.request_on_connection > 1 ? used : fresh).add(**calm, row);
    }
    const auto calls = fresh.size() + used.size();
    const auto peak = peak_of((*calm)->rows);
    const auto numbers =
        fmt::format("{} over {}; {} at once at most", counted(calls, "request", "requests"),
                    counted(all.size(), "connection", "connections"), peak);
    if (calls < calls_least) {
        return untested(numbers + ": too few to tell");
    }
    // One more than are under way at once is a matter of moments.
    const bool few = all.size() <= std::max<std::size_t>(peak + 2, calls / 2);
    if (used.empty() || !few || all.size() > connections_most) {
        return fails(numbers, fresh.evidence());
    }
    return passes(numbers, used.evidence());
}

// B07
Answer stale_connection(const Observed& seen) {
    return judged(seen, "flaky", {"CON-02"});
}

// --- B08, B09

// B08
Answer redirects(const Observed& seen) {
    const auto episode = ran(seen, "redirects");
    if (!episode) {
        return episode.error();
    }
    Rows away;
    Rows elsewhere;
    Rows at_home;
    std::size_t home_led = 0;
    std::set<std::string> homes;
    for (const auto& row : (*episode)->rows) {
        const auto kind = fact_of(row, "redirect");
        if (kind == "foreign") {
            away.add(**episode, row);
        } else if (kind == "reference") {
            ++home_led;
            homes.emplace(fact_of(row, "redirect_to"));
        } else if (row.provider == "foreign") {
            elsewhere.add(**episode, row);
        } else if (homes.contains(fmt::format("/{}{}", row.provider, row.path))) {
            at_home.add(**episode, row);
        }
    }
    if (!elsewhere.empty()) {
        return fails(fmt::format("{} to another origin arrived there, which no list allows",
                                 counted(elsewhere.size(), "request", "requests")),
                     elsewhere.evidence());
    }
    if (away.empty()) {
        return untested("no answer sent the service to another origin");
    }
    if (home_led > 0 && at_home.empty()) {
        return fails("a redirect within the origin was not followed", away.evidence());
    }
    auto evidence = away.evidence();
    if (!at_home.empty()) {
        evidence.push_back(at_home.evidence().front());
    }
    return passes(fmt::format("{} sent the service to another origin, and nothing arrived there; "
                              "{} within the origin",
                              counted(away.size(), "answer", "answers"),
                              at_home.empty() ? "there was none"
                                              : counted(at_home.size(), "redirect was followed",
                                                        "redirects were followed")),
                  std::move(evidence));
}

// B09
Answer credentials_stay(const Observed& seen) {
    const auto kept = judged(seen, "redirects", {"RDR-01"});
    const auto keys = judged(seen, "redirects", {"RDR-03"});
    return keys.state == State::fail ? all_of({kept, keys}) : kept;
}

// B10
Answer sizes_bounded(const Observed& seen) {
    return all_of({judged(seen, "answers", {"DAT-12"}), judged(seen, "answers", {"DAT-13"}),
                   judged(seen, "answers", {"DAT-11"})});
}

// --- B11, B12

constexpr std::array<std::string_view, 22> libraries{
    "curl/",          "libcurl",       "python-requests/",
    "python-urllib/", "python-httpx/", "node/",
    "node-fetch/",    "undici/",       "axios/",
    "got/",           "okhttp/",       "go-http-client/",
    "java/",          "ruby/",         "apache-httpclient/",
    "boost.",         "beast/",        "cpp-httplib/",
    "cpr/",           "guzzlehttp/",   "aiohttp/",
    "reqwest/",
};

// `release-notes/1.0`: a product with its version, and not that of a library.
bool names_a_program(std::string_view agent) {
    const auto low = ascii_lowered(agent);
    const auto slash = agent.find('/');
    const bool library =
        std::ranges::any_of(libraries, [&](std::string_view one) { return low.starts_with(one); });
    if (library || slash == 0 || slash == std::string_view::npos || slash + 1 == agent.size()) {
        return false;
    }
    const auto version = agent.substr(slash + (agent[slash + 1] == 'v' ? 2 : 1));
    return !version.empty() && std::isdigit(static_cast<unsigned char>(version.front())) != 0;
}

// B11
Answer user_agent(const Observed& seen) {
    std::set<std::string> good_names;
    std::set<std::string> bad_names;
    Rows good;
    Rows bad;
    each_call(seen, [&](const Episode& episode, const Exchange& row) {
        const auto agent = row.headers ? row.headers->value("user-agent") : std::string_view();
        const bool fine = names_a_program(agent);
        (fine ? good_names : bad_names).emplace(agent.empty() ? "nothing" : agent);
        (fine ? good : bad).add(episode, row);
    });
    const auto all = good.size() + bad.size();
    if (all == 0) {
        return untested("no call was seen");
    }
    if (!bad.empty()) {
        return fails(fmt::format("{} of {} requests do not name the program and its version: {}",
                                 bad.size(), all, listed(bad_names)),
                     bad.evidence());
    }
    return passes(fmt::format("{0} of {0} requests name themselves {1}", all, listed(good_names)),
                  good.evidence());
}

// What a request does not declare; empty: it declares all.
std::string undeclared(const Exchange& row) {
    const auto value = [&](std::string_view name) {
        return row.headers ? row.headers->value(name) : std::string_view();
    };
    if (!row.body_sha256.empty() && value("content-type").empty()) {
        return fmt::format("no Content-Type to {}", inventory_name(row.provider));
    }
    const auto accept = value("accept");
    if (accept.empty() || accept == "*/*") {
        return fmt::format("no Accept to {}", inventory_name(row.provider));
    }
    return "";
}

// B12
Answer types_declared(const Observed& seen) {
    const auto page = judged(seen, "answers", {"DAT-03"});
    std::set<std::string> lacking;
    Rows bare;
    Rows good;
    each_call(seen, [&](const Episode& episode, const Exchange& row) {
        const auto what = undeclared(row);
        if (!what.empty()) {
            lacking.insert(what);
        }
        (what.empty() ? good : bare).add(episode, row);
    });
    if (good.empty() && bare.empty()) {
        return untested("no call was seen");
    }
    const auto all = good.size() + bare.size();
    if (!bare.empty()) {
        return fails(fmt::format("{} of {} requests do not declare what they send or expect: {}",
                                 bare.size(), all, listed(lacking)),
                     bare.evidence());
    }
    const auto declared =
        passes(fmt::format("{0} of {0} requests declare what they send and expect; {1}", all,
                           page.sentence),
               good.evidence());
    return all_of({declared, page});
}

// --- B13

// B13
Answer foreign_urls(const Observed& seen) {
    Rows fetched;
    std::size_t planted = 0;
    std::vector<std::uint64_t> letters;
    const Episode* where = seen.episode("webhooks");
    for (const auto& [id, episode] : seen.episodes) {
        const bool led = std::ranges::any_of(episode.rows, [](const Exchange& row) {
            return fact_of(row, "redirect") == "foreign" ||
                   fact_of(row, "page_fault") == "foreign_next";
        });
        for (const auto& row : episode.rows) {
            if (row.provider == "foreign" && !led) {
                fetched.add(episode, row);
            }
        }
        for (const auto& letter : episode.outbound) {
            if (letter.facts.contains("lure")) {
                ++planted;
                where = &episode;
                letters.push_back(letter.seq);
            }
        }
    }
    if (!fetched.empty()) {
        return fails(fmt::format("{} to an origin that only a payload named",
                                 counted(fetched.size(), "request went", "requests went")),
                     fetched.evidence());
    }
    if (planted == 0) {
        return untested("no payload with a URL to a stranger or a private address was delivered");
    }
    return passes(fmt::format("{} pointed to strangers and private addresses, and nothing was "
                              "asked there",
                              counted(planted, "payload", "payloads")),
                  {rows_of(*where, letters)});
}

constexpr std::array<ItemRule, 13> rules{{{"B01", tls},
                                          {"B02", first_byte_limited},
                                          {"B03", body_silence_limited},
                                          {"B04", one_deadline},
                                          {"B05", measured_timeouts},
                                          {"B06", connections},
                                          {"B07", stale_connection},
                                          {"B08", redirects},
                                          {"B09", credentials_stay},
                                          {"B10", sizes_bounded},
                                          {"B11", user_agent},
                                          {"B12", types_declared},
                                          {"B13", foreign_urls}}};

}  // namespace

std::span<const ItemRule> transport_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
