// I: data from others.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"
#include "checklist/deliveries.hpp"
#include "checklist/rules.hpp"
#include "checklist/seen_text.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::Exchange;

// What a line of a log may not have: it moves the cursor of whoever reads it, or is another line.
bool has_raw_control(std::string_view line) {
    return std::ranges::any_of(
        line, [](unsigned char c) { return (c < ' ' && c != '\t' && c != '\r') || c == 127; });
}

// The marker that hostile texts begin a new line with (sandbox: `webhook/bodies.cpp`).
constexpr std::string_view forged_line = R"({"level":"error","event":"forged")";

struct BrokenLine {
    std::string_view line;
    std::string_view how;
};

// The first line that somebody else's text has broken.
std::optional<BrokenLine> broken_line(const Episode& episode) {
    const auto lines = log_of(episode);
    std::size_t json = 0;
    std::optional<BrokenLine> unreadable;
    for (const auto line : lines) {
        if (has_raw_control(line)) {
            return BrokenLine{line,
                              "a control character of somebody else's text stands raw in a "
                              "line of the log"};
        }
        if (line.starts_with(forged_line)) {
            return BrokenLine{line, "somebody else's text made a line of the log of its own"};
        }
        const bool readable = !line.starts_with('{') || http::JsonDocument::parse(line);
        json += line.starts_with('{') && readable ? 1 : 0;
        if (!readable && !unreadable) {
            unreadable = BrokenLine{line, "a line of the log is no longer JSON"};
        }
    }
    return json > 0 ? unreadable : std::nullopt;
}

// Ended although nobody told it to.
const Life* dead_life(const Episode& episode) {
    const auto died = std::ranges::find_if(episode.lives, [](const Life& life) {
        return life.exit_code && life.signal == 0 && !life.killed;
    });
    return died == episode.lives.end() ? nullptr : &*died;
}

Answer died(const Episode& episode, const Life& life, std::string_view why) {
    return fails(
        fmt::format("the service ended by itself with {}, {}", *life.exit_code, why),
        {{Evidence::Kind::process, fmt::format("{}: exit code {}", episode.id, *life.exit_code)}});
}

std::vector<std::uint64_t> hostile_rows(const Episode& episode) {
    std::vector<std::uint64_t> rows;
    const Deliveries deliveries(episode);
    for (const Event& event : deliveries.events()) {
        if (event.genuine() && !event.fact("odd").empty() && event.accepted()) {
            rows.push_back(event.told->deliveries.front()->seq);
        }
    }
    return rows;
}

// Stands in texts that are made to break what repeats them (scenarios/checklist-flaky.toml, and
// what Slack tells in `webhook/bodies.cpp`): where it comes out again, its surroundings did too.
constexpr std::string_view planted = "planted-7f3a";
constexpr std::string_view planted_markup = "<img src=x";

// Messages that call everybody, in that episode, of a service whose own words never do.
std::vector<std::uint64_t> calls_of_everybody(const Observed& seen, const Episode& episode) {
    const auto in = [](const Episode& one) {
        std::vector<std::uint64_t> rows;
        for (const Exchange& row : one.rows) {
            if (row.facts.contains("pings")) {
                rows.push_back(row.seq);
            }
        }
        return rows;
    };
    const Episode* calm = seen.episode("calm");
    return calm == nullptr || !in(*calm).empty() ? std::vector<std::uint64_t>() : in(episode);
}

bool is_html(const Probe& probe) {
    return std::ranges::any_of(probe.headers, [](const auto& header) {
        return header.first == "content-type" && header.second.starts_with("text/html");
    });
}

// What somebody else's text has done where the service repeated it; nothing: no harm.
std::optional<Answer> harm_of_texts(const Observed& seen, const Episode& episode) {
    if (const auto broken = broken_line(episode)) {
        return fails(std::string(broken->how), {log_line(episode, broken->line)});
    }
    if (const auto* life = dead_life(episode)) {
        return died(episode, *life, "while it was told texts with quotes and escapes");
    }
    if (const auto rows = calls_of_everybody(seen, episode); !rows.empty()) {
        return fails(
            "somebody else's text went into a message as it came, and calls everybody there",
            {rows_of(episode, rows)});
    }
    for (const Probe& probe : episode.probes) {
        if (is_html(probe) && probe.body.contains(planted_markup)) {
            return fails(fmt::format("{} shows somebody else's text as markup", probe.what),
                         {{Evidence::Kind::process,
                           fmt::format("{}: its answer to {}", episode.id, probe.what)}});
        }
    }
    return std::nullopt;
}

// Where such a text came out again, whole.
std::vector<Evidence> repeated_texts(const Episode& episode) {
    std::vector<Evidence> shown;
    for (const auto line : log_of(episode)) {
        if (shown.empty() && line.contains(planted)) {
            shown.push_back(log_line(episode, line.substr(line.find(planted))));
        }
    }
    for (const Probe& probe : episode.probes) {
        if (probe.body.contains(planted)) {
            shown.push_back({Evidence::Kind::process,
                             fmt::format("{}: its answer to {}", episode.id, probe.what)});
            break;
        }
    }
    return shown;
}

Answer i01(const Observed& seen) {
    std::vector<Evidence> shown;
    std::size_t texts = 0;
    for (const std::string_view id : {"webhooks", "answers", "flaky"}) {
        if (nothing_seen(seen, id)) {
            continue;
        }
        const Episode& episode = *seen.episode(id);
        if (auto harm = harm_of_texts(seen, episode)) {
            return *std::move(harm);
        }
        texts += hostile_rows(episode).size();
        const auto repeated = repeated_texts(episode);
        shown.insert(shown.end(), repeated.begin(), repeated.end());
    }
    if (shown.empty()) {
        return untested(fmt::format(
            "{} texts with quotes, line ends and escapes were taken, and nothing that it wrote "
            "has one of them",
            texts));
    }
    return passes(fmt::format("texts of others with quotes, line ends and escape sequences came "
                              "out again, and all that has them is whole ({} more were taken)",
                              texts),
                  std::move(shown));
}

// Rows whose answers differed from what was promised, in one of these ways, in any episode.
struct Drifted {
    const Episode* episode = nullptr;
    std::vector<std::uint64_t> rows;
};

std::vector<Drifted> drifted(const Observed& seen, std::initializer_list<std::string_view> how) {
    std::vector<Drifted> all;
    for (const auto& [id, episode] : seen.episodes) {
        Drifted found{.episode = &episode, .rows = {}};
        for (const Exchange& row : episode.rows) {
            const auto fact = row.facts.find("drift");
            if (fact != row.facts.end() && says(fact->second, how)) {
                found.rows.push_back(row.seq);
            }
        }
        if (!found.rows.empty()) {
            all.push_back(std::move(found));
        }
    }
    return all;
}

constexpr std::initializer_list<std::string_view> drift_words{
    "drift",         "schema",        "unknown field",   "unknown_field",
    "unknown value", "unknown_value", "unexpected type", "unexpected_type"};

// Where it says that something differed: a metric above zero, else a line of the log.
std::optional<Evidence> report_of_drift(const Episode& episode) {
    for (const Sample& sample : samples_of(episode.metrics)) {
        if (sample.value > 0 && says(sample.line, {"drift", "unknown_field", "unknown_value"})) {
            return Evidence{Evidence::Kind::metric, fmt::format("{}: {}", episode.id, sample.line)};
        }
    }
    const auto line = line_that_says(episode, drift_words);
    return line.empty() ? std::nullopt : std::optional(log_line(episode, line));
}

// Did it go on with its work after an answer that had drifted?
bool went_on(const Drifted& drift) {
    return std::ranges::any_of(drift.episode->rows, [&](const Exchange& row) {
        return row.seq > drift.rows.front() && row.status > 0 && row.status < 400;
    });
}

Answer stands_drift(const Observed& seen, std::initializer_list<std::string_view> how,
                    std::string_view what) {
    const auto all = drifted(seen, how);
    std::optional<Answer> quiet;
    for (const Drifted& drift : all) {
        const auto rows = rows_of(*drift.episode, drift.rows);
        if (const auto* life = dead_life(*drift.episode)) {
            return died(*drift.episode, *life, fmt::format("after answers with {}", what));
        }
        if (!went_on(drift)) {
            quiet = untested(fmt::format("{} answers had {}; the service asked nothing after them",
                                         drift.rows.size(), what));
            continue;
        }
        const auto report = report_of_drift(*drift.episode);
        if (report) {
            return passes(fmt::format("{} answers had {}; the work went on, and it was reported",
                                      drift.rows.size(), what),
                          {rows, *report});
        }
        quiet = fails(fmt::format("{} answers had {}, and neither log nor metrics say so",
                                  drift.rows.size(), what),
                      {rows});
    }
    return quiet ? *quiet : untested(fmt::format("no answer had {}", what));
}

Answer i02(const Observed& seen) {
    const auto judge = judged(seen, "answers", {"DAT-05"});
    auto own = stands_drift(seen, {"add", "enum"}, "values or fields nobody knows");
    return judge.state == State::fail ? judge : own;
}

Answer i03(const Observed& seen) {
    const auto judge = judged(seen, "answers", {"DAT-04"});
    auto own = stands_drift(seen, {"null", "retype", "remove"}, "a null or another type");
    return judge.state == State::fail ? judge : own;
}

// The time of a line: `2026-11-02T10:00:00.123Z`, anywhere in it. `utc`: with Z or +00:00.
struct Stamp {
    bool found = false;
    bool utc = false;
};

Stamp stamp_in(std::string_view line) {
    constexpr std::string_view shape = "dddd-dd-dd?dd:dd:dd";
    for (std::size_t at = 0; at + shape.size() <= line.size(); ++at) {
        const auto text = line.substr(at, shape.size());
        bool fits = true;
        for (std::size_t i = 0; i < shape.size() && fits; ++i) {
            fits = shape[i] == 'd'   ? ascii_digit(text[i])
                   : shape[i] == '?' ? text[i] == 'T' || text[i] == ' '
                                     : text[i] == shape[i];
        }
        if (!fits) {
            continue;
        }
        auto rest = line.substr(at + shape.size());
        const auto end = rest.find_first_not_of(".,0123456789");
        rest.remove_prefix(std::min(end, rest.size()));
        const bool utc = rest.starts_with('Z') || rest.starts_with("+00:00") ||
                         rest.starts_with("+0000") || rest.starts_with(" UTC");
        return {.found = true, .utc = utc};
    }
    return {};
}

Answer times_are_utc(const Observed& seen) {
    std::size_t lines = 0;
    std::optional<Evidence> proof;
    for (const auto& [id, episode] : seen.episodes) {
        for (const auto line : log_of(episode)) {
            const auto stamp = stamp_in(line);
            if (stamp.found && !stamp.utc) {
                return fails("a time in the log does not say that it is UTC",
                             {log_line(episode, line)});
            }
            lines += stamp.found ? 1 : 0;
            proof = stamp.found && !proof ? std::optional(log_line(episode, line)) : proof;
        }
    }
    if (lines == 0) {
        for (const auto& [id, episode] : seen.episodes) {
            if (!log_of(episode).empty()) {
                return fails("the log says no times", {log_line(episode, log_of(episode).front())});
            }
        }
        return untested("no line of a log was seen");
    }
    return passes(fmt::format("{} lines of the log bear a time in UTC", lines), {*proof});
}

// Answers whose provider's clock was wrong (fault `auth` = `skew`), in any episode.
Answer knows_the_other_clock(const Observed& seen) {
    for (const auto& [id, episode] : seen.episodes) {
        std::vector<std::uint64_t> rows;
        for (const Exchange& row : episode.rows) {
            const bool skewed =
                std::ranges::any_of(row.faults, [](const auto& hit) { return hit.kind == "auth"; });
            if (skewed && row.provider != "oauth") {
                rows.push_back(row.seq);
            }
        }
        if (rows.empty() || id != "down") {
            continue;
        }
        for (const Sample& sample : samples_of(episode.metrics)) {
            if (says(sample.name, {"skew", "clock"})) {
                return passes(fmt::format("{} answers came with a Date that is minutes off, and a "
                                          "metric says so",
                                          rows.size()),
                              {rows_of(episode, rows),
                               {Evidence::Kind::metric, fmt::format("{}: {}", id, sample.line)}});
            }
        }
        const auto line = line_that_says(episode, {"skew", "clock"});
        if (!line.empty()) {
            return passes(fmt::format("{} answers came with a Date that is minutes off, and the "
                                      "log says so",
                                      rows.size()),
                          {rows_of(episode, rows), log_line(episode, line)});
        }
        return fails(fmt::format("{} answers came with a Date that is minutes off, and neither log "
                                 "nor metrics know of it",
                                 rows.size()),
                     {rows_of(episode, rows)});
    }
    return untested("no provider's clock was wrong in an episode that was run");
}

Answer i04(const Observed& seen) {
    return each_of({times_are_utc(seen), knows_the_other_clock(seen)});
}

// From here on a double leaves numbers out.
constexpr std::uint64_t doubles_end = std::uint64_t{1} << 53U;
// What the drift `precision` puts in.
constexpr std::uint64_t planted_number = doubles_end + 1;

std::uint64_t as_double(std::uint64_t number) {
    return static_cast<std::uint64_t>(static_cast<double>(number));
}

// Whole numbers beyond 2^53, as they stand in a text; `9.007199254740992e15` is one, too.
std::set<std::uint64_t> long_numbers(std::string_view text) {
    constexpr std::size_t digits_min = 16;
    constexpr std::size_t digits_max = 18;
    std::set<std::uint64_t> numbers;
    for (std::size_t at = 0; at < text.size();) {
        std::string digits;
        auto end = at;
        for (; end < text.size() && (ascii_digit(text[end]) || (text[end] == '.' && end > at));
             ++end) {
            digits += text[end] == '.' ? "" : std::string(1, text[end]);
        }
        const bool whole = text.substr(at, end - at).find('.') == std::string_view::npos;
        const bool power = end < text.size() && (text[end] == 'e' || text[end] == 'E');
        if (digits.size() >= digits_min && digits.size() <= digits_max && (whole || power)) {
            const auto number = std::stoull(digits);
            if (number >= doubles_end) {
                numbers.insert(number);
            }
        }
        at = std::max(end, at + 1);
    }
    return numbers;
}

// Of what the service asked or wrote over there; not of what it was answered.
std::set<std::uint64_t> numbers_asked(const Exchange& row) {
    auto numbers = long_numbers(row.path);
    numbers.merge(long_numbers(row.query));
    for (const auto& [name, value] : row.facts) {
        if (!name.starts_with("page_") && name != "etag") {
            numbers.merge(long_numbers(value));
        }
    }
    return numbers;
}

std::set<std::uint64_t> numbers_answered(const Exchange& row) {
    std::set<std::uint64_t> numbers;
    if (const auto ids = row.facts.find("page_ids"); ids != row.facts.end()) {
        numbers = long_numbers(ids->second);
    }
    const auto drift = row.facts.find("drift");
    if (drift != row.facts.end() && drift->second.contains("precision")) {
        numbers.insert(planted_number);
    }
    return numbers;
}

// What became of numbers that it was told.
struct RoundTrip {
    std::set<std::uint64_t> told;
    std::optional<Answer> wrong;
    std::optional<Answer> right;

    void look_at(const std::set<std::uint64_t>& numbers, const Evidence& where,
                 std::string_view how) {
        for (const auto number : numbers) {
            const auto from = std::ranges::find_if(
                told, [&](std::uint64_t one) { return one != number && as_double(one) == number; });
            if (told.contains(number)) {
                right =
                    right ? right : passes(fmt::format("{} {} as it was", number, how), {where});
            } else if (from != told.end()) {
                wrong =
                    wrong ? wrong : fails(fmt::format("{} {} as {}", *from, how, number), {where});
            }
        }
    }
};

RoundTrip round_trip(const Episode& episode) {
    RoundTrip trip;
    for (const Exchange& row : episode.rows) {
        const std::array<std::uint64_t, 1> rows{row.seq};
        trip.look_at(numbers_asked(row), rows_of(episode, rows), "came back");
        trip.told.merge(numbers_answered(row));
    }
    for (const auto line : trip.told.empty() ? std::vector<std::string_view>() : log_of(episode)) {
        trip.look_at(long_numbers(line), log_line(episode, line), "was written");
    }
    return trip;
}

// Ids of releases (`answers`) and of deliveries that did not arrive (`gap`) are beyond 2^53.
Answer i05(const Observed& seen) {
    const auto judge = judged(seen, "answers", {"DAT-06"});
    if (judge.state == State::pass || judge.state == State::fail) {
        return judge;
    }
    (void)seen.episode("gap");
    bool told = false;
    std::optional<Answer> right;
    for (const auto& [id, episode] : seen.episodes) {
        auto trip = round_trip(episode);
        if (trip.wrong) {
            return *std::move(trip.wrong);
        }
        told = told || !trip.told.empty();
        right = right ? right : trip.right;
    }
    return right ? *std::move(right)
           : told
               ? untested("answers had numbers beyond 2^53, and nothing it asked or wrote has one")
               : untested("no answer had a number beyond 2^53");
}

// `ada@example.com`; empty: the line has none. What is masked (`a***@example.com`) is none.
std::string_view mail_in(std::string_view line) {
    constexpr std::string_view inner = "._%+-";
    for (auto at = line.find('@'); at != std::string_view::npos; at = line.find('@', at + 1)) {
        auto from = at;
        while (from > 0 && (ascii_alnum(line[from - 1]) || inner.contains(line[from - 1]))) {
            --from;
        }
        auto to = at + 1;
        while (to < line.size() && (ascii_alnum(line[to]) || line[to] == '.' || line[to] == '-')) {
            ++to;
        }
        const auto host = line.substr(at + 1, to - at - 1);
        const bool masked = from > 0 && line[from - 1] == '*';
        const auto dot = host.rfind('.');
        const bool domain = dot != std::string_view::npos && dot + 1 < host.size() &&
                            ascii_lower(host[dot + 1]) >= 'a';  // no version: left-box@1.0.0
        if (from < at && domain && !masked) {
            return line.substr(from, to - from);
        }
    }
    return {};
}

Answer i06(const Observed& seen) {
    std::size_t lines = 0;
    std::vector<std::uint64_t> bodies;
    const Episode* shown = nullptr;
    for (const auto& [id, episode] : seen.episodes) {
        for (const auto line : log_of(episode)) {
            ++lines;
            if (const auto mail = mail_in(line); !mail.empty()) {
                return fails("an address of a person stands in the log", {log_line(episode, line)});
            }
        }
        // GitHub's push names the pusher and her address.
        for (const auto& row : episode.outbound) {
            const auto type = row.facts.find("type");
            if (type != row.facts.end() && type->second == "push" && row.status / 100 == 2 &&
                bodies.size() < 20 && (shown == nullptr || shown == &episode)) {
                shown = &episode;
                bodies.push_back(row.seq);
            }
        }
    }
    if (shown == nullptr || lines == 0) {
        return untested("no personal data went through the service where a log was seen");
    }
    if (seen.manifest.retention.empty()) {
        return fails("names and addresses came in, and nothing says how long they are kept",
                     {rows_of(*shown, bodies), manifest_line(seen, "retention")});
    }
    return passes(fmt::format("{} deliveries named a person with her address; none of {} lines of "
                              "the log has it, and it is kept {}",
                              bodies.size(), lines, seen.manifest.retention),
                  {rows_of(*shown, bodies), manifest_line(seen, "retention")});
}

constexpr ItemRule rules[] = {
    {"I01", i01}, {"I02", i02}, {"I03", i03}, {"I04", i04}, {"I05", i05}, {"I06", i06},
};

}  // namespace

std::span<const ItemRule> data_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
