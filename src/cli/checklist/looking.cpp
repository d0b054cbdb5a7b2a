#include "checklist/looking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include "apilab/sandbox/judge/operations.hpp"

namespace apilab::cli::checklist {
namespace {

constexpr std::size_t episodes_shown_max = 4;
// As the judge has it.
constexpr Duration causal_window = std::chrono::seconds(120);
// A first wait may be so long; each further one so many times the one before it.
constexpr Duration first_wait_most = std::chrono::seconds(2);
constexpr Duration wait_least = std::chrono::milliseconds(500);
constexpr int growth_most = 3;

// A number with its unit at the beginning of a text: `2.1 s`, `10s`, `250 ms`, `2 min`.
std::optional<Duration> duration_at(std::string_view text) {
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc()) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto word =
        text.substr(0, std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size()));
    const double seconds = word == "ms"                                        ? number / 1000
                           : word == "s" || word == "sec" || word == "seconds" ? number
                           : word == "m" || word == "min" || word == "minutes" ? number * 60
                           : word == "h" || word == "hours"                    ? number * 3600
                                                                               : -1;
    if (seconds < 0 || !std::isfinite(seconds) || seconds > 1e6) {
        return std::nullopt;
    }
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

bool begins_number(std::string_view text, std::size_t i) {
    const auto digit = [&](std::size_t at) {
        return std::isdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    return digit(i) && (i == 0 || (!digit(i - 1) && text[i - 1] != '.' && text[i - 1] != 'p'));
}

// --- which attempts are of one call

// What comes within the wait that the last one leads to expect.
struct OpenCall {
    Attempts attempts;
    Duration wait_most = first_wait_most;

    bool goes_on_with(const sandbox::Exchange& row) {
        if (attempts.empty() || !attempts.back()->finished) {
            return true;
        }
        const auto& last = *attempts.back();
        const auto from = std::max(*last.finished, last.not_before().value_or(SteadyTime()));
        const Duration waited = row.first_byte - from;
        if (waited > wait_most) {
            return false;
        }
        wait_most = std::max(waited * growth_most, wait_least);
        return true;
    }
};

// `r-17.2` is the second attempt of `r-17`.
std::string_view stem_of(std::string_view id) {
    const auto dot = id.rfind('.');
    const bool numbered = dot != std::string_view::npos && dot > 0 && dot + 1 < id.size() &&
                          id.find_first_not_of("0123456789", dot + 1) == std::string_view::npos;
    return numbered ? id.substr(0, dot) : id;
}

// By what a client marks the requests of one call. An id that never comes twice and has no number
// of its attempt may be each attempt's own: by it nothing is told.
struct Marks {
    bool ids = false;
    bool traces = false;
};

Marks marks_of(const Episode& episode) {
    Marks marks;
    std::set<std::string_view> ids;
    std::set<std::string_view> traces;
    for (const auto& row : episode.rows) {
        const auto id = own_id(row);
        const auto trace = trace_id(row);
        marks.ids |= !id.empty() && (stem_of(id) != id || !ids.insert(id).second);
        marks.traces |= !trace.empty() && !traces.insert(trace).second;
    }
    return marks;
}

// The delivery for whose answer the request was made, of those that were under way the one with the
// fewest so far: of two at once each has its share. 0: none was.
std::uint64_t delivery_of(const Episode& episode, const sandbox::Exchange& row,
                          std::map<std::uint64_t, std::size_t>& attempts) {
    const sandbox::Outbound* fewest = nullptr;
    for (const auto& told : episode.outbound) {
        const bool under_way = told.sent <= row.first_byte &&
                               told.finished.value_or(SteadyTime::max()) >= row.first_byte;
        if (under_way && told.from != "kill" &&
            (fewest == nullptr || attempts[told.seq] < attempts[fewest->seq])) {
            fewest = &told;
        }
    }
    if (fewest == nullptr) {
        return 0;
    }
    ++attempts[fewest->seq];
    return fewest->seq;
}

std::string mark_of(const Episode& episode, const sandbox::Exchange& row, const Marks& marks,
                    std::map<std::uint64_t, std::size_t>& of_delivery) {
    if (const auto id = own_id(row); marks.ids && !id.empty()) {
        return fmt::format("id {}", stem_of(id));
    }
    if (const auto trace = trace_id(row); marks.traces && !trace.empty()) {
        return fmt::format("trace {}", trace);
    }
    return fmt::format("delivery {}", delivery_of(episode, row, of_delivery));
}

}  // namespace

std::expected<const Episode*, Answer> ran(const Observed& seen, std::string_view episode) {
    const Episode* shown = seen.episode(episode);
    if (shown == nullptr) {
        return std::unexpected(untested(fmt::format("the episode '{}' was not run", episode)));
    }
    if (!shown->trouble.empty()) {
        return std::unexpected(
            untested(fmt::format("'{}' did not run: {}", episode, shown->trouble)));
    }
    return shown;
}

Answer shown_by_any(std::initializer_list<Answer> answers) {
    const auto with = [&](State state) {
        return std::ranges::find(answers, state, &Answer::state);
    };
    for (const State state : {State::fail, State::pass}) {
        if (const auto* found = with(state); found != answers.end()) {
            return *found;
        }
    }
    return *answers.begin();
}

std::optional<Evidence> log_says(const Episode& episode,
                                 const std::function<bool(std::string_view line)>& fits) {
    for (const auto& life : episode.lives) {
        for (const auto& line : life.log) {
            if (fits(line)) {
                return log_line(episode, line);
            }
        }
    }
    return std::nullopt;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string listed(const std::set<std::string>& words) {
    std::string text;
    std::size_t left = words.size();
    for (const auto& word : words) {
        --left;
        text += word + (left > 1 ? ", " : left == 1 ? " and " : "");
    }
    return text;
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> any) {
    return std::ranges::any_of(any, [&](std::string_view one) { return text.contains(one); });
}

bool struck(const sandbox::Exchange& row, std::string_view kind) {
    return std::ranges::any_of(row.faults, [&](const auto& hit) { return hit.kind == kind; });
}

std::string_view fact_of(const sandbox::Exchange& row, const std::string& name) {
    const auto found = row.facts.find(name);
    return found == row.facts.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view own_id(const sandbox::Exchange& row) {
    if (!row.headers) {
        return {};
    }
    for (const std::string_view name :
         {"x-request-id", "x-correlation-id", "x-client-request-id", "request-id"}) {
        if (const auto value = row.headers->value(name); !value.empty()) {
            return value;
        }
    }
    return {};
}

std::string_view trace_id(const sandbox::Exchange& row) {
    const auto value = row.headers ? row.headers->value("traceparent") : std::string_view();
    return value.size() >= 35 ? value.substr(3, 32) : std::string_view();
}

bool to_a_provider(const sandbox::Exchange& row) {
    return !row.provider.empty() && row.provider != "foreign";
}

std::string_view inventory_name(std::string_view provider) {
    return provider == "google" ? "gmail" : provider;
}

const Integration* integration_of(const Observed& seen, std::string_view provider) {
    const auto& all = seen.manifest.integrations;
    const auto found = std::ranges::find_if(all, [&](const Integration& one) {
        return inventory_name(one.provider) == inventory_name(provider);
    });
    return found == all.end() ? nullptr : &*found;
}

std::set<std::string> providers_seen(const Observed& seen) {
    std::set<std::string> names;
    each_call(seen, [&](const Episode&, const sandbox::Exchange& row) {
        names.emplace(inventory_name(row.provider));
    });
    return names;
}

std::optional<Duration> longest_limit(std::string_view timeout) {
    std::optional<Duration> longest;
    int depth = 0;
    for (std::size_t i = 0; i < timeout.size(); ++i) {
        depth += timeout[i] == '(' ? 1 : timeout[i] == ')' ? -1 : 0;
        const auto here =
            depth == 0 && begins_number(timeout, i) ? duration_at(timeout.substr(i)) : std::nullopt;
        if (here) {
            longest = std::max(longest.value_or(Duration::zero()), *here);
        }
    }
    return longest;
}

std::optional<Duration> measured_percentile(std::string_view timeout) {
    for (std::size_t i = 0; i + 1 < timeout.size(); ++i) {
        if (timeout[i] != 'p' || std::isdigit(static_cast<unsigned char>(timeout[i + 1])) == 0) {
            continue;
        }
        const auto after = timeout.find_first_not_of("0123456789.", i + 1);
        const auto number =
            after == std::string_view::npos ? after : timeout.find_first_of("0123456789", after);
        if (number != std::string_view::npos) {
            return duration_at(timeout.substr(number));
        }
    }
    return std::nullopt;
}

void Rows::add(const Episode& episode, const sandbox::Exchange& row) {
    if (episodes_.empty() || episodes_.back().first != &episode) {
        episodes_.emplace_back(&episode, std::vector<std::uint64_t>());
    }
    auto& rows = episodes_.back().second;
    if (rows.empty() || rows.back() != row.seq) {
        rows.push_back(row.seq);
        ++count_;
    }
}

std::vector<Evidence> Rows::evidence() const {
    std::vector<Evidence> all;
    for (const auto& [episode, rows] : episodes_) {
        if (all.size() < episodes_shown_max) {
            all.push_back(rows_of(*episode, rows));
        }
    }
    return all;
}

std::vector<Attempts> calls_of(const Episode& episode) {
    std::vector<Attempts> calls;
    const auto marks = marks_of(episode);
    for (const auto& operation : sandbox::group_operations(episode.rows, causal_window)) {
        std::map<std::string, OpenCall, std::less<>> open;
        std::map<std::uint64_t, std::size_t> of_delivery;
        for (const auto* row : operation.attempts) {
            if (struck(*row, "close")) {
                continue;
            }
            auto& call = open[mark_of(episode, *row, marks, of_delivery)];
            if (!call.goes_on_with(*row)) {
                calls.push_back(std::move(call.attempts));
                call = {};
            }
            call.attempts.push_back(row);
        }
        for (auto& [mark, call] : open) {
            calls.push_back(std::move(call.attempts));
        }
    }
    std::ranges::sort(calls, {}, [](const Attempts& call) { return call.front()->seq; });
    return calls;
}

void each_call(
    const Observed& seen,
    const std::function<void(const Episode& episode, const sandbox::Exchange& row)>& look) {
    // So that it is known which episode shows any calls at all.
    (void)seen.episode("calm");
    for (const auto& [id, episode] : seen.episodes) {
        for (const auto& row : episode.rows) {
            if (to_a_provider(row)) {
                look(episode, row);
            }
        }
    }
}

std::size_t first_line(std::string_view text,
                       const std::function<bool(std::string_view line)>& fits) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        if (fits(text.substr(0, end))) {
            return number;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return 0;
}

}  // namespace apilab::cli::checklist
