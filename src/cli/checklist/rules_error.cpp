// Group C: errors and retries.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/sandbox/judge/operations.hpp"
#include "checklist/backoff.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {
namespace {

using sandbox::AttemptEnd;
using sandbox::Exchange;

// As many attempts of one call as the sources recommend at most.
constexpr std::size_t attempts_most = 4;
constexpr int first_refusal = 400;
constexpr int first_failure = 500;
// Who repeats what was refused does so soon; later it is somebody else's call.
constexpr Duration at_once = std::chrono::seconds(1);

// --- C01

enum class Class : std::uint8_t { refused, broken, unknown };
constexpr std::array<std::string_view, 3> class_names{"refused", "broken on their side",
                                                      "outcome unknown"};

std::optional<Class> class_of(const Exchange& row) {
    const auto end = sandbox::end_of(row);
    // A kept connection that had died is replaced below the log.
    if (row.faults.empty() || struck(row, "close") || end == AttemptEnd::success ||
        end == AttemptEnd::pending) {
        return std::nullopt;
    }
    if (end == AttemptEnd::lost || end == AttemptEnd::abandoned) {
        return Class::unknown;
    }
    return row.status >= first_failure ? Class::broken : Class::refused;
}

bool says_class(std::string_view line, const Exchange& row, Class kind) {
    const auto low = ascii_lowered(line);
    if (!contains_any(low, {row.provider, inventory_name(row.provider)})) {
        return false;
    }
    return kind == Class::unknown
               ? contains_any(low, {"unknown", "lost", "perhaps", "may have been"})
               : low.contains(std::to_string(row.status));
}

// By the words of its log: each failure of the journal has a line that names who failed and how.
Answer classes_by_words(const Episode& episode) {
    std::map<Class, std::vector<const Exchange*>> met;
    for (const auto& row : episode.rows) {
        if (const auto kind = class_of(row); kind && to_a_provider(row)) {
            met[*kind].push_back(&row);
        }
    }
    std::set<std::string> kinds;
    std::vector<Evidence> evidence;
    for (const auto& [kind, rows] : met) {
        const auto name = class_names.at(static_cast<std::size_t>(kind));
        std::optional<Evidence> line;
        Rows silent;
        for (const auto* row : rows) {
            const auto said = log_says(
                episode, [&](std::string_view text) { return says_class(text, *row, kind); });
            line = said ? said : line;
            if (!said) {
                silent.add(episode, *row);
            }
        }
        if (!silent.empty()) {
            return fails(fmt::format("{} of {} failures of the class '{}' cannot be told from the "
                                     "log",
                                     silent.size(), rows.size(), name),
                         silent.evidence());
        }
        kinds.emplace(name);
        evidence.push_back(*line);
    }
    if (!met.contains(Class::unknown) || met.size() < 2) {
        return untested(met.empty() ? "no call failed"
                                    : "no answer was lost, so that no outcome was unknown");
    }
    return passes(
        fmt::format("the log tells {} classes of failures apart: {}", kinds.size(), listed(kinds)),
        std::move(evidence));
}

// C01
Answer classes(const Observed& seen) {
    const auto flaky = ran(seen, "flaky");
    if (!flaky) {
        return flaky.error();
    }
    const auto judge = judged(seen, "flaky", {"OBS-05"});
    const bool decided = judge.state == State::pass || judge.state == State::fail;
    return decided ? judge : classes_by_words(**flaky);
}

// C02
Answer refused_for_good(const Observed& seen) {
    const auto flaky = ran(seen, "flaky");
    if (!flaky) {
        return flaky.error();
    }
    Rows refused;
    Rows repeated;
    std::set<std::string> statuses;
    for (const auto& call : calls_of(**flaky)) {
        for (std::size_t i = 0; i < call.size(); ++i) {
            const Exchange& row = *call[i];
            const bool fault = !row.faults.empty() && row.status < first_failure;
            if (!fault || sandbox::end_of(row) != AttemptEnd::permanent) {
                continue;
            }
            refused.add(**flaky, row);
            statuses.insert(std::to_string(row.status));
            if (i + 1 < call.size() && call[i + 1]->first_byte <= *row.finished + at_once) {
                repeated.add(**flaky, row);
                repeated.add(**flaky, *call[i + 1]);
            }
        }
    }
    if (refused.empty()) {
        return untested("nothing was refused for good");
    }
    const auto all =
        fmt::format("{} refused for good ({})",
                    counted(refused.size(), "request was", "requests were"), listed(statuses));
    return repeated.empty() ? passes(all + ", and none was sent again", refused.evidence())
                            : fails(all + ", and were sent again at once", repeated.evidence());
}

// C03
Answer only_what_may(const Observed& seen) {
    return shown_by_any({judged(seen, "lost", {"IDM-01"}), judged(seen, "flaky", {"IDM-01"}),
                         judged(seen, "silent", {"IDM-01"})});
}

// --- C05

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The forms of `Retry-After` that were met: seconds, a date, nonsense.
struct Forms {
    std::size_t seconds = 0;
    std::size_t dates = 0;
    Rows nonsense;
    /// Nonsense after which nothing at all was asked any more.
    Rows stopped;
};

Forms forms_of(const Episode& episode) {
    Forms forms;
    for (const auto& row : episode.rows) {
        const auto told = fact_of(row, "retry_after");
        constexpr std::size_t absurd = 6;
        if (told.empty() || !row.finished) {
            continue;
        }
        if (told.contains("GMT") && row.announced_until) {
            ++forms.dates;
        } else if (is_number(told) && told.size() < absurd) {
            ++forms.seconds;
        } else {
            forms.nonsense.add(episode, row);
            const bool later = std::ranges::any_of(episode.rows, [&](const Exchange& next) {
                return next.seq > row.seq && next.first_byte >= *row.finished;
            });
            if (!later) {
                forms.stopped.add(episode, row);
            }
        }
    }
    return forms;
}

// C05
Answer retry_after(const Observed& seen) {
    const auto flaky = ran(seen, "flaky");
    if (!flaky) {
        return flaky.error();
    }
    const auto kept = judged(seen, "flaky", {"RL-01", "RL-03"});
    const auto own = judged(seen, "flaky", {"RL-09"});
    if (kept.state == State::fail || own.state == State::fail) {
        return all_of({kept, own});
    }
    auto forms = forms_of(**flaky);
    if (!forms.stopped.empty()) {
        return fails("nothing was asked any more after a Retry-After that makes no sense",
                     forms.stopped.evidence());
    }
    if (forms.dates == 0 || forms.nonsense.empty() || kept.state != State::pass) {
        return untested(kept.state != State::pass
                            ? kept.sentence
                            : fmt::format("met were {} in seconds, {} and {} that make no sense",
                                          forms.seconds, counted(forms.dates, "date", "dates"),
                                          forms.nonsense.size()));
    }
    auto evidence = kept.evidence;
    evidence.push_back(forms.nonsense.evidence().front());
    return passes(
        fmt::format("{}; {} in seconds, {}, and {} that make no sense did no harm", kept.sentence,
                    forms.seconds, counted(forms.dates, "date", "dates"), forms.nonsense.size()),
        std::move(evidence));
}

// --- C06, C07

struct Most {
    std::size_t attempts = 0;
    /// Calls that failed to their end, and the requests that they made.
    std::size_t failed = 0;
    std::size_t requests = 0;
    const Episode* episode = nullptr;
    Attempts worst;
};

bool failed_by_fault(const Exchange& row) {
    const auto end = sandbox::end_of(row);
    return !row.faults.empty() && (end == AttemptEnd::transient || end == AttemptEnd::lost ||
                                   end == AttemptEnd::abandoned);
}

Most most_attempts(const Observed& seen) {
    Most most;
    for (const std::string_view id : {"down", "flaky", "silent"}) {
        const auto episode = ran(seen, id);
        if (!episode) {
            continue;
        }
        for (auto& call : calls_of(**episode)) {
            const bool pressed = failed_by_fault(*call.front()) && to_a_provider(*call.front());
            most.failed += pressed && failed_by_fault(*call.back()) ? 1 : 0;
            most.requests += pressed && failed_by_fault(*call.back()) ? call.size() : 0;
            if (pressed && call.size() > most.attempts) {
                most.attempts = call.size();
                most.episode = *episode;
                most.worst = std::move(call);
            }
        }
    }
    return most;
}

std::vector<Evidence> rows_of_call(const Most& most) {
    std::vector<std::uint64_t> rows;
    for (const auto* row : most.worst) {
        rows.push_back(row->seq);
    }
    return {rows_of(*most.episode, rows)};
}

// C06
Answer attempts_few(const Observed& seen) {
    const auto most = most_attempts(seen);
    if (most.failed == 0) {
        return untested("no call failed to its end, so that nothing bounded its attempts");
    }
    const auto numbers = fmt::format("at most {} of one call; {} that failed to the end made {}",
                                     counted(most.attempts, "attempt", "attempts"),
                                     counted(most.failed, "call", "calls"),
                                     counted(most.requests, "request", "requests"));
    const auto storm = judged(seen, "down", {"LOD-02"});
    if (storm.state == State::fail) {
        return storm;
    }
    return most.attempts > attempts_most ? fails(numbers, rows_of_call(most))
                                         : passes(numbers, rows_of_call(most));
}

// C07
Answer one_layer(const Observed& seen) {
    const auto most = most_attempts(seen);
    if (most.failed == 0) {
        return untested("no call failed to its end: how many layers would try again is not known");
    }
    const auto total = counted(most.attempts, "request", "requests");
    return most.attempts > attempts_most
               ? fails(
                     fmt::format("one failing call made {}: layers multiply each other's attempts",
                                 total),
                     rows_of_call(most))
               : passes(fmt::format("one failing call made {} at most, in {} that failed", total,
                                    counted(most.failed, "call", "calls")),
                        rows_of_call(most));
}

// --- C08

// Refused for good, of what changes something: the work is lost unless somebody sees it.
std::vector<const Exchange*> given_up(const Episode& episode) {
    std::vector<const Exchange*> all;
    for (const auto& row : episode.rows) {
        const bool refused = sandbox::end_of(row) == AttemptEnd::permanent ||
                             (fact_of(row, "ok") == "false" && !row.faults.empty());
        if (to_a_provider(row) && refused && !row.faults.empty() &&
            row.effect != http::Effect::read) {
            all.push_back(&row);
        }
    }
    return all;
}

// C08
Answer dead_letters(const Observed& seen) {
    const auto flaky = ran(seen, "flaky");
    if (!flaky) {
        return flaky.error();
    }
    Rows rows;
    std::set<std::string> names;
    for (const auto* row : given_up(**flaky)) {
        rows.add(**flaky, *row);
        names.emplace(inventory_name(row->provider));
    }
    if (rows.empty()) {
        return untested("no write was refused for good");
    }
    const auto& path = seen.manifest.service.dead_letters;
    const auto what = fmt::format("{} to {} refused for good",
                                  counted(rows.size(), "write was", "writes were"), listed(names));
    if (path.empty()) {
        auto evidence = rows.evidence();
        evidence.push_back(manifest_line(seen, "service.dead_letters"));
        return fails(what + ", and service.dead_letters names no place where that is seen",
                     std::move(evidence));
    }
    bool asked = false;
    for (const auto& probe : (*flaky)->probes) {
        if (!probe.what.contains(path)) {
            continue;
        }
        asked = true;
        const bool shown = std::ranges::any_of(names, [&](const std::string& name) {
            const auto low = ascii_lowered(probe.body);
            return low.contains(name) || low.contains("checklist_refused");
        });
        if (probe.status == 200 && shown) {
            auto evidence = rows.evidence();
            evidence.push_back({Evidence::Kind::process,
                                fmt::format("flaky: {} answers {}", probe.what, probe.status)});
            return passes(fmt::format("{}, and {} shows it", what, probe.what),
                          std::move(evidence));
        }
    }
    return asked ? fails(fmt::format("{}, and {} shows none of it", what, path), rows.evidence())
                 : untested(fmt::format("{} was not asked for after the refusals", path));
}

// --- C09

// What the scenario `checklist-flaky` puts into its refusals: the provider's code and request id.
constexpr std::string_view planted_id = "chk-7f3a";
constexpr std::string_view planted_code = "checklist_refused";

// C09
Answer providers_words(const Observed& seen) {
    const auto flaky = ran(seen, "flaky");
    if (!flaky) {
        return flaky.error();
    }
    Rows rows;
    for (const auto& row : (*flaky)->rows) {
        if (struck(row, "status") && row.status == 422 && row.answered()) {
            rows.add(**flaky, row);
        }
    }
    if (rows.empty()) {
        return untested("no refusal with a code and a request id was met");
    }
    const auto id =
        log_says(**flaky, [](std::string_view line) { return line.contains(planted_id); });
    const auto code =
        log_says(**flaky, [](std::string_view line) { return line.contains(planted_code); });
    const auto refused = counted(rows.size(), "refusal", "refusals");
    auto evidence = rows.evidence();
    if (!id || !code) {
        return fails(fmt::format("of {} with code and request id the log keeps {}", refused,
                                 id     ? "the id and not the code"
                                 : code ? "the code and not the id"
                                        : "neither"),
                     std::move(evidence));
    }
    evidence.push_back(*id);
    evidence.push_back(*code);
    return passes(fmt::format("the log has the provider's code and request id of {}", refused),
                  std::move(evidence));
}

// --- C10

// Before anybody told it of something new: what comes after that may be the new thing's.
bool sent_again(const Episode& episode, const Exchange& row) {
    const auto told = std::ranges::find_if(
        episode.outbound, [&](const sandbox::Outbound& out) { return out.seq > row.seq; });
    return std::ranges::any_of(episode.rows, [&](const Exchange& next) {
        return next.seq > row.seq && (told == episode.outbound.end() || next.seq < told->seq) &&
               next.provider == row.provider && next.identity == row.identity;
    });
}

// C10
Answer success_is_theirs(const Observed& seen) {
    const auto flaky = ran(seen, "flaky");
    if (!flaky) {
        return flaky.error();
    }
    const auto ticked = judged(seen, "flaky", {"DAT-14"});
    if (ticked.state == State::fail) {
        return ticked;
    }
    Rows refused;
    Rows taken;
    std::optional<Evidence> line;
    for (const auto& row : (*flaky)->rows) {
        if (fact_of(row, "ok") != "false" || !row.answered() || row.status != 200) {
            continue;
        }
        refused.add(**flaky, row);
        const auto error = fact_of(row, "error");
        const auto said = log_says(**flaky, [&](std::string_view text) {
            // Another provider may have refused something in the same words.
            return !error.empty() && text.contains(error) &&
                   ascii_lowered(text).contains(row.provider);
        });
        const bool again = sent_again(**flaky, row);
        line = said ? said : line;
        if (!said && !again) {
            taken.add(**flaky, row);
        }
    }
    if (refused.empty()) {
        return untested("no answer said `ok: false` with status 200");
    }
    const auto all = counted(refused.size(), "answer", "answers");
    if (!taken.empty()) {
        return fails(fmt::format("{} of {} that said `ok: false` with status 200 were neither "
                                 "logged as a failure nor tried again",
                                 taken.size(), all),
                     taken.evidence());
    }
    auto evidence = refused.evidence();
    if (line) {
        evidence.push_back(*line);
    }
    return passes(all + " said `ok: false` with status 200, and each was taken for a refusal",
                  std::move(evidence));
}

// --- C11

constexpr std::array<int, 3> unheard_of{299, 418, 599};

bool asked_again_at_once(const Episode& episode, const Exchange& row) {
    return std::ranges::any_of(episode.rows, [&](const Exchange& next) {
        return next.seq > row.seq && next.identity == row.identity &&
               next.provider == row.provider && next.first_byte >= *row.finished &&
               next.first_byte <= *row.finished + at_once;
    });
}

// What is wrong with what was done after such a status; empty: nothing.
std::string misread(const Episode& episode, const Exchange& row) {
    const bool again = asked_again_at_once(episode, row);
    if (row.status < first_refusal) {
        return again ? "299 was not taken for a success: the same was asked again" : "";
    }
    if (row.status < first_failure) {
        return again ? "418 was not taken for a refusal: the same was asked again" : "";
    }
    const auto said = log_says(episode, [](std::string_view line) { return line.contains("599"); });
    return again || said ? "" : "599 was neither tried again nor logged as a failure";
}

// C11
Answer unknown_statuses(const Observed& seen) {
    const auto flaky = ran(seen, "flaky");
    if (!flaky) {
        return flaky.error();
    }
    std::set<std::string> met;
    std::set<std::string> lacking;
    Rows rows;
    for (const int status : unheard_of) {
        lacking.insert(std::to_string(status));
    }
    for (const auto& row : (*flaky)->rows) {
        const auto number = std::to_string(row.status);
        if (std::ranges::find(unheard_of, row.status) == unheard_of.end() || !row.answered()) {
            continue;
        }
        if (const auto wrong = misread(**flaky, row); !wrong.empty()) {
            return fails(wrong, {rows_of(**flaky, std::vector{row.seq})});
        }
        met.insert(number);
        lacking.erase(number);
        rows.add(**flaky, row);
    }
    if (!lacking.empty()) {
        return untested(fmt::format("{} was not met", listed(lacking)));
    }
    return passes(fmt::format("{} were each treated as their class", listed(met)), rows.evidence());
}

// C12
Answer whole_bucket(const Observed& seen) {
    return shown_by_any({judged(seen, "limits", {"RL-06"}), judged(seen, "flaky", {"RL-06"})});
}

constexpr std::array<ItemRule, 12> rules{{{"C01", classes},
                                          {"C02", refused_for_good},
                                          {"C03", only_what_may},
                                          {"C04", waits_vary},
                                          {"C05", retry_after},
                                          {"C06", attempts_few},
                                          {"C07", one_layer},
                                          {"C08", dead_letters},
                                          {"C09", providers_words},
                                          {"C10", success_is_theirs},
                                          {"C11", unknown_statuses},
                                          {"C12", whole_bucket}}};

}  // namespace

std::span<const ItemRule> error_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
