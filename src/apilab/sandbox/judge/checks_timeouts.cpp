// How long a client waits: not for ever where nothing comes, and long enough where something does.

#include <fmt/format.h>

#include <algorithm>

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
            ? Finding::pass(fmt::format("{} answers {}; the client left after {} at most", silent,
                                        where, format_duration(held)))
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
        return Finding::pass(
            fmt::format("{0} of {0} answers that were slow and good were waited for", awaited));
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
    list.push_back(make_check({.id = "TMO-05",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "waits for an answer that is slow and good",
                               .source = source},
                              waits_for_what_is_slow));
}

}  // namespace apilab::sandbox::internal
