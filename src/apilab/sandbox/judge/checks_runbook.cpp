// A runbook that was tried (handed in as `runbook page`, `runbook configuration` and `runbook
// transcript`, lines of `STEP BEGUN ENDED` in milliseconds of the run's clock), against what the
// journal shows of each step.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/webhook_tally.hpp"

namespace apilab::sandbox::internal {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using webhook::Ledger;

/// What was under way as a source was switched off may still arrive.
constexpr auto drain = seconds(1);

/// From `begun` until right before `ended`, at which the step is undone.
struct Window {
    SteadyTime begun;
    SteadyTime ended;

    [[nodiscard]] bool holds(SteadyTime at) const { return at >= begun && at < ended; }
};
using Transcript = std::map<std::string, Window, std::less<>>;

std::string_view handed_in(const Evidence& evidence, const std::string& name) {
    const auto found = evidence.handed_in->find(name);
    return found == evidence.handed_in->end() ? std::string_view() : found->second;
}

// The words of the next line; the line is gone from `text`.
std::array<std::string_view, 3> take_line(std::string_view& text) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::array<std::string_view, 3> words;
    for (auto& word : words) {
        word = line.substr(0, line.find(' '));
        line.remove_prefix(std::min(word.size() + 1, line.size()));
    }
    return words;
}

SteadyTime moment(std::string_view text) {
    std::int64_t number = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), number);
    return SteadyTime(milliseconds(number));
}

Transcript read_transcript(const Evidence& evidence) {
    Transcript transcript;
    auto text = handed_in(evidence, "runbook transcript");
    while (!text.empty()) {
        const auto [step, begun, ended] = take_line(text);
        transcript.insert_or_assign(std::string(step), Window{moment(begun), moment(ended)});
    }
    return transcript;
}

bool any_row(const Evidence& evidence, const Window& window, auto fits) {
    return std::ranges::any_of(*evidence.rows, [&](const Exchange& row) {
        return window.holds(row.complete) && fits(row);
    });
}

bool is_effect(const Exchange& row) {
    return row.provider == "effects" && row.operation == "create_effect" && row.applied;
}

// --- what each step has to change

bool rotated(const Evidence& evidence, const Window& window) {
    return any_row(evidence, window, [](const Exchange& row) {
        return row.operation == "rotate_key" && row.status == 200;
    });
}

// Something that had been refused before came about.
bool replayed(const Evidence& evidence, const Window& window) {
    std::set<std::string_view> refused;
    for (const Exchange& row : *evidence.rows) {
        if (row.provider == "effects" && row.status >= 400 && row.complete < window.begun) {
            refused.insert(row.identity);
        }
    }
    return any_row(evidence, window, [&](const Exchange& row) {
        return is_effect(row) && refused.contains(row.identity);
    });
}

bool drained(const Evidence& evidence, const Window& window) {
    return std::ranges::any_of(*evidence.outbound, [&](const Outbound& row) {
        return row.path == "/readyz" && row.status == 503 && window.holds(row.sent);
    });
}

// Work went on, and npm was not asked.
bool disabled(const Evidence& evidence, const Window& window) {
    const Window off{window.begun + drain, window.ended};
    return any_row(evidence, off, is_effect) &&
           !any_row(evidence, off, [](const Exchange& row) { return row.provider == "npm"; });
}

// What had been accepted before the store was lost came about all the same.
bool restored(const Evidence& evidence, const Window& window) {
    const Ledger ledger = read_ledger(evidence);
    std::size_t accepted = 0;
    for (const auto& [event, entry] : ledger.entries()) {
        if (entry.wants_effect() && entry.accepted() &&
            window.holds(entry.deliveries.front()->sent)) {
            ++accepted;
            if (entry.effects.empty()) {
                return false;
            }
        }
    }
    return accepted > 0;
}

struct StepRule {
    std::string_view step;
    bool (*shows)(const Evidence& evidence, const Window& window);
};
constexpr std::array steps{StepRule{"rotate", rotated}, StepRule{"replay", replayed},
                           StepRule{"drain", drained}, StepRule{"disable", disabled},
                           StepRule{"restore", restored}};

// Nothing where it can be judged.
std::optional<Finding> unfit(const Evidence& evidence) {
    if (handed_in(evidence, "runbook page").empty()) {
        return Finding::not_applicable("no runbook was handed in");
    }
    if (std::ranges::none_of(*evidence.rows, is_effect)) {
        return Finding::not_exercised("the service had nothing to do");
    }
    return std::nullopt;
}

Finding each_step_works(const Evidence& evidence) {
    if (const auto why = unfit(evidence)) {
        return *why;
    }
    const auto transcript = read_transcript(evidence);
    std::string wrong;
    for (const auto& [step, shows] : steps) {
        const auto window = transcript.find(step);
        const bool tried = window != transcript.end();
        if (!tried || !shows(evidence, window->second)) {
            wrong += fmt::format("{}{} {}", wrong.empty() ? "" : "; ", step,
                                 tried ? "changed nothing" : "was not carried out");
        }
    }
    return wrong.empty()
               ? Finding::pass(fmt::format(
                     "each of {} steps was carried out, and its effect is there", steps.size()))
               : Finding::fail(wrong);
}

Finding leaves_as_it_was(const Evidence& evidence) {
    if (const auto why = unfit(evidence)) {
        return *why;
    }
    const auto transcript = read_transcript(evidence);
    if (transcript.empty()) {
        return Finding::not_exercised("no step was carried out");
    }
    const auto last = std::ranges::max_element(transcript, {},
                                               [](const auto& step) { return step.second.ended; });
    const Window after{last->second.ended + drain, evidence.until};
    if (!any_row(evidence, after, is_effect)) {
        return Finding::fail("after the last step nothing was done any more");
    }
    if (!any_row(evidence, after, [](const Exchange& row) { return row.provider == "npm"; })) {
        return Finding::fail("after the last step npm was not asked any more");
    }
    return Finding::pass("after the last step all went on as before");
}

Finding is_of_this_service(const Evidence& evidence) {
    const auto page = handed_in(evidence, "runbook page");
    auto configuration = handed_in(evidence, "runbook configuration");
    if (page.empty() || configuration.empty()) {
        return Finding::not_applicable("no runbook was handed in with its configuration");
    }
    if (const auto why = unfit(evidence)) {
        return *why;
    }
    std::size_t values = 0;
    std::string missing;
    while (!configuration.empty()) {
        const auto line = configuration.substr(0, configuration.find('\n'));
        configuration.remove_prefix(std::min(line.size() + 1, configuration.size()));
        const auto quote = line.find(" = \"");
        if (quote == std::string_view::npos) {
            continue;
        }
        const auto value = line.substr(quote + 4, line.size() - quote - 5);
        ++values;
        if (!page.contains(value) && missing.empty()) {
            missing = line.substr(0, quote);
        }
    }
    return missing.empty() ? Finding::pass(fmt::format("all {} settings are on the page", values))
                           : Finding::fail(fmt::format(
                                 "the page does not say what is configured as {}", missing));
}

}  // namespace

void add_runbook_checks(CheckList& list) {
    constexpr auto must = CheckKind::must;
    constexpr auto recommended = CheckLevel::recommended;
    constexpr std::string_view sre = "Site Reliability Engineering, ch. 14 and 26";
    list.push_back(make_check({.id = "RBK-01",
                               .kind = must,
                               .level = recommended,
                               .title = "has carried out each step of its runbook, with effect",
                               .source = sre},
                              each_step_works));
    list.push_back(make_check({.id = "RBK-02",
                               .kind = must,
                               .level = recommended,
                               .title = "is after the drill what it was before",
                               .source = sre},
                              leaves_as_it_was));
    list.push_back(make_check({.id = "RBK-03",
                               .kind = must,
                               .level = recommended,
                               .title = "has a runbook that says what is configured",
                               .source = sre},
                              is_of_this_service));
}

}  // namespace apilab::sandbox::internal
