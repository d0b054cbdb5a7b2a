// How long a client waits: not for ever where nothing comes, and long enough where something does.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

// Of a client that declared nothing: up to here nothing is said, up to the next it is remarked on.
constexpr Duration usual = std::chrono::seconds(60);
constexpr Duration longest = std::chrono::seconds(120);

// Slow enough that a hasty client gives up, and below every limit that a provider documents.
constexpr Duration slow_from = std::chrono::seconds(1);
constexpr Duration slow_to = std::chrono::seconds(5);

// When a client had to be gone: that is its own promise, or what is usual.
struct Bounds {
    Duration good;
    Duration most;
};
Bounds bounds_of(const JudgeOptions& options) {
    if (!options.deadline) {
        return {usual, longest};
    }
    const Duration promised = *options.deadline + options.early_tolerance;
    return {promised, promised};
}

// The fault that made this answer fall silent; null where none did, or it ended by itself soon
// enough to be waited for.
const Fault* silence_of(const Evidence& evidence, const Exchange& row, Duration bearable) {
    for (const auto& status : evidence.faults) {
        const bool hit = std::ranges::any_of(
            row.faults, [&](const FaultDecision::Hit& one) { return one.id == status.id; });
        const auto& what = status.fault->what;
        if (hit && what.stall != StallPoint::none &&
            (what.stall_for == Duration::zero() || what.stall_for > bearable)) {
            return status.fault.get();
        }
    }
    return nullptr;
}

// `in_body`: the silence began in the middle of a body; else before the answer's head was there.
Finding gives_up(const Evidence& evidence, bool in_body, std::string_view nothing,
                 std::string_view where) {
    const Bounds bounds = bounds_of(evidence.options);
    std::size_t silent = 0;
    std::size_t clung = 0;
    Duration held{};
    Finding good;
    Finding bad;
    for (const Exchange& row : *evidence.rows) {
        const Fault* fault = silence_of(evidence, row, bounds.good);
        if (fault == nullptr || (fault->what.stall == StallPoint::body) != in_body) {
            continue;
        }
        // What came before was no silence.
        const SteadyTime since = row.complete + row.delay;
        const bool open = !row.finished || *row.finished > evidence.until;
        const Duration waited = (open ? evidence.until : *row.finished) - since;
        if (open && waited <= bounds.most) {
            continue;  // it might have gone in time
        }
        ++silent;
        held = std::max(held, waited);
        clung += waited > bounds.most ? 1 : 0;
        (waited > bounds.most ? bad : good).prove(row);
    }
    if (silent == 0) {
        return Finding::not_exercised(std::string(nothing));
    }
    auto finding =
        clung == 0
            ? Finding::pass(fmt::format("{} {}; the client left after {} at most",
                                        counted(silent, "answer", "answers"), where,
                                        format_duration(held)))
            : Finding::fail(fmt::format("{} of {} answers that {} were waited for too long: {}, "
                                        "where {} is the limit",
                                        clung, silent, where, format_duration(held),
                                        format_duration(bounds.most)));
    finding.warning = clung == 0 && held > bounds.good;
    finding.rows = std::move(clung == 0 ? good.rows : bad.rows);
    return finding;
}

Finding gives_up_on_silence(const Evidence& evidence) {
    return gives_up(evidence, false, "no request was taken and never answered", "never began");
}

Finding gives_up_on_a_stopped_body(const Evidence& evidence) {
    return gives_up(evidence, true, "no body stopped in its middle",
                    "stopped in the middle of the body");
}

bool drips(const FaultWhat& what) {
    return what.drip.has_value();
}

// A drip feeds every limit between two pieces; only one over the whole ends it.
Finding gives_up_on_a_drip(const Evidence& evidence) {
    constexpr Duration bearable = std::chrono::seconds(180);
    const auto& options = evidence.options;
    const Duration most = options.deadline ? *options.deadline + options.early_tolerance : bearable;
    std::size_t seen = 0;
    std::size_t clung = 0;
    Duration held{};
    Finding good;
    Finding bad;
    for (const Exchange& row : *evidence.rows) {
        if (struck_by(evidence, row.faults, drips) == nullptr) {
            continue;
        }
        const bool open = !row.finished || *row.finished > evidence.until;
        const Duration waited =
            (open ? evidence.until : *row.finished) - (row.complete + row.delay);
        if (waited <= most && !row.peer_closed) {
            continue;  // it came to its end soon enough, or may yet be given up
        }
        ++seen;
        held = std::max(held, waited);
        clung += waited > most ? 1 : 0;
        (waited > most ? bad : good).prove(row);
    }
    if (seen == 0) {
        return Finding::not_exercised("no body dripped for longer than may be waited");
    }
    auto finding =
        clung == 0
            ? Finding::pass(fmt::format("{} bodies dripped; the client left after {} at most", seen,
                                        format_duration(held)))
            : Finding::fail(fmt::format("{} of {} bodies that dripped were read for too "
                                        "long: {}, where {} is the limit",
                                        clung, seen, format_duration(held), format_duration(most)));
    finding.rows = std::move(clung == 0 ? good.rows : bad.rows);
    return finding;
}

bool stalls_in_tls(const FaultWhat& what) {
    return what.stall == StallPoint::tls;
}

Finding gives_up_on_a_handshake(const Evidence& evidence) {
    const Duration most = evidence.options.deadline
                              ? *evidence.options.deadline + evidence.options.early_tolerance
                              : usual;
    std::map<std::uint64_t, SteadyTime> accepted;
    std::set<std::uint64_t> told;
    std::size_t seen = 0;
    std::size_t clung = 0;
    Finding good;
    Finding bad;
    const auto count = [&](const ConnectionEvent& event, SteadyTime begun, SteadyTime end,
                           bool by_client) {
        const bool late = end - begun > most;
        if (late || by_client) {
            ++seen;
            clung += late ? 1 : 0;
            (late ? bad : good).prove(event);
        }
    };
    static const std::deque<ConnectionEvent> none;
    for (const auto& event : evidence.events == nullptr ? none : *evidence.events) {
        const auto begun = accepted.find(event.connection);
        if (event.kind == ConnectionEvent::Kind::accepted) {
            accepted[event.connection] = event.at;
        } else if (event.kind == ConnectionEvent::Kind::tls_failed && begun != accepted.end() &&
                   struck_by(evidence, event.faults, stalls_in_tls) != nullptr) {
            told.insert(event.connection);
        } else if (event.kind == ConnectionEvent::Kind::closed && begun != accepted.end() &&
                   told.contains(event.connection)) {
            count(event, begun->second, event.at, event.by_client);
        }
    }
    if (seen == 0) {
        return Finding::not_exercised("no handshake fell silent until the client had to go");
    }
    auto finding = clung == 0
                       ? Finding::pass(fmt::format("{} handshakes fell silent; the client left "
                                                   "within {}",
                                                   seen, format_duration(most)))
                       : Finding::fail(fmt::format("{} of {} handshakes that fell silent were "
                                                   "waited for longer than {}",
                                                   clung, seen, format_duration(most)));
    finding.rows = std::move(clung == 0 ? good.rows : bad.rows);
    return finding;
}

// The next request that means the same as one that met silence.
const Exchange* tried_again(const Evidence& evidence, const Exchange& row) {
    for (const Exchange& next : *evidence.rows) {
        if (next.seq > row.seq && next.identity == row.identity && next.provider == row.provider &&
            next.connection != row.connection) {
            return &next;
        }
    }
    return nullptr;
}

Finding closes_what_it_abandons(const Evidence& evidence) {
    constexpr std::size_t many = 5;
    constexpr Duration grace = std::chrono::seconds(10);
    const Bounds bounds = bounds_of(evidence.options);
    std::size_t silent = 0;
    std::size_t left_open = 0;
    Finding good;
    Finding bad;
    for (const Exchange& row : *evidence.rows) {
        if (row.connection == 0 || silence_of(evidence, row, bounds.good) == nullptr) {
            continue;
        }
        const Exchange* next = tried_again(evidence, row);
        // From when on it is plain that nobody waits any more.
        const SteadyTime abandoned =
            next != nullptr ? next->first_byte : row.complete + row.delay + bounds.most;
        const bool open = !row.finished || *row.finished > evidence.until;
        const SteadyTime end = open ? evidence.until : *row.finished;
        if (open && end <= abandoned + grace) {
            continue;  // it might have been closed in time
        }
        ++silent;
        const bool late = end > abandoned + grace;
        left_open += late ? 1 : 0;
        (late ? bad : good).prove(row);
    }
    if (silent < many) {
        return Finding::not_exercised(
            fmt::format("{} requests met silence; {} are needed", silent, many));
    }
    auto finding = left_open == 0
                       ? Finding::pass(fmt::format(
                             "{} connections that fell silent were closed by the client", silent))
                       : Finding::fail(fmt::format("{} of {} connections that fell silent were "
                                                   "still open {} after they had been given up",
                                                   left_open, silent, format_duration(grace)));
    finding.rows = std::move(left_open == 0 ? good.rows : bad.rows);
    return finding;
}

// Two were under way and the other one was there first: that is no haste.
bool answered_meanwhile(const Evidence& evidence, const Exchange& row) {
    return std::ranges::any_of(*evidence.rows, [&](const Exchange& other) {
        return other.seq != row.seq && other.identity == row.identity && other.answered() &&
               other.first_byte < *row.finished && *other.finished >= row.first_byte &&
               *other.finished <= *row.finished;
    });
}

Finding waits_for_what_is_slow(const Evidence& evidence) {
    std::size_t awaited = 0;
    std::size_t left = 0;
    Duration shortest = Duration::max();
    Finding good;
    Finding proof;
    for (const auto& operation : *evidence.operations) {
        for (const Exchange* row : operation.attempts) {
            if (row->decision != Exchange::Decision::served || row->delay < slow_from ||
                row->delay > slow_to || !row->finished) {
                continue;
            }
            const auto& deadline = evidence.options.deadline;
            const bool too_late =
                deadline && row->first_byte + row->delay > operation.first().first_byte + *deadline;
            if (row->answered()) {
                ++awaited;
                good.prove(*row);
            } else if (row->peer_closed && !too_late && !answered_meanwhile(evidence, *row)) {
                ++left;
                shortest = std::min<Duration>(shortest, *row->finished - row->first_byte);
                proof.prove(*row);
            }
        }
    }
    if (awaited + left == 0) {
        return Finding::not_exercised(fmt::format(
            "no good answer took {} to {}", format_duration(slow_from), format_duration(slow_to)));
    }
    if (left == 0) {
        auto finding = Finding::pass(
            fmt::format("{0} of {0} answers that were slow and good were waited for", awaited));
        finding.rows = std::move(good.rows);
        return finding;
    }
    auto finding = Finding::fail(
        fmt::format("{} of {} answers that were slow and good were not waited for; the first to "
                    "go went after {}",
                    left, awaited + left, format_duration(shortest)));
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_timeout_checks(CheckList& list) {
    constexpr std::string_view source = "AWS Builders' Library, timeouts and retries";
    list.push_back(make_check({.id = "TMO-01",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "gives up on a server that never answers",
                               .source = source},
                              gives_up_on_silence));
    list.push_back(make_check({.id = "TMO-02",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "gives up on a body that stops in its middle",
                               .source = source},
                              gives_up_on_a_stopped_body));
    list.push_back(make_check({.id = "TMO-03",
                               .kind = CheckKind::must,
                               .level = CheckLevel::advice,
                               .title = "gives up on a body that drips without end",
                               .source = source},
                              gives_up_on_a_drip));
    list.push_back(make_check({.id = "TMO-04",
                               .kind = CheckKind::must,
                               .level = CheckLevel::advice,
                               .title = "gives up on a TLS handshake that falls silent",
                               .source = source},
                              gives_up_on_a_handshake));
    list.push_back(make_check({.id = "TMO-05",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "waits for an answer that is slow and good",
                               .source = source},
                              waits_for_what_is_slow));
    list.push_back(make_check({.id = "TMO-07",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "closes the connections it gives up",
                               .source = "RFC 9112 section 9.6"},
                              closes_what_it_abandons));
}

}  // namespace apilab::sandbox::internal
