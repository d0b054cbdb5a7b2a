#include "apilab/work/gap_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/work/internal/option_range.hpp"

namespace apilab::work {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t asked_max = 10'000;
constexpr std::string_view heading = "apilab gap 1";

template <class T>
Result<void> in_gap(std::string_view field, T value, T low, T high) {
    return internal::check_range("gap", field, value, low, high);
}

std::int64_t to_ms(SystemTime time) {
    return std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(out)
                                                                    : std::nullopt;
}

std::optional<SystemTime> time_of(std::string_view text) {
    const auto ms = number(text);
    constexpr std::int64_t far = std::int64_t{1} << 42U;  // the year 2109
    return ms && *ms > -far && *ms < far ? std::optional(SystemTime(milliseconds(*ms)))
                                         : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> out;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        out.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return out;
}

bool read_line(std::string_view line, GapCheckpoint& out) {
    const auto words = words_of(line);
    if (words.size() == 2 && (words[0] == "through" || words[0] == "walked")) {
        auto& field = words[0] == "through" ? out.through : out.walked;
        field = time_of(words[1]);
        return field.has_value();
    }
    if (words.size() == 4 && words[0] == "asked" && out.asked.size() < asked_max) {
        const auto last = time_of(words[2]);
        const auto times = number(words[3]);
        if (last && times && *times > 0 && *times <= 1'000) {
            out.asked[std::string(words[1])] = {.last = *last, .times = static_cast<int>(*times)};
            return true;
        }
    }
    return false;
}

// Who cannot be reached for an hour asks in vain all the while, and has to have requests left.
Duration pause_after(int times, const GapOptions& options) {
    constexpr Duration longest = std::chrono::hours(12);
    Duration wait = options.ask_again_after;
    for (int i = 1; i < times && times < options.asks_max && wait < longest; ++i) {
        wait *= 2;
    }
    return std::max(options.ask_again_after, std::min(wait, longest));
}

}  // namespace

Result<void> GapOptions::validate() const {
    using namespace std::chrono_literals;
    using std::chrono::days;
    APILAB_CHECK(in_gap<Duration>("horizon", horizon, 1h, days(30)));
    APILAB_CHECK(in_gap<Duration>("settle", settle, 0h, 1h));
    APILAB_CHECK(in_gap<Duration>("ask_again_after", ask_again_after, 1min, days(1)));
    APILAB_CHECK(in_gap("asks_max", asks_max, 1, 50));
    APILAB_CHECK(in_gap<std::size_t>("asks_per_round", asks_per_round, 1, 10'000));
    APILAB_CHECK(in_gap<Duration>("pace", pace, 0min, 1min));
    APILAB_CHECK(in_gap<std::size_t>("pages_per_round", pages_per_round, 1, 10'000));
    return in_gap<Duration>("alarm_after", alarm_after, 1h, horizon);
}

std::vector<EventAttempts> by_event(const std::vector<Delivery>& deliveries) {
    std::map<std::string_view, EventAttempts> events;
    for (const Delivery& each : deliveries) {
        const auto [place, is_new] = events.try_emplace(each.guid);
        EventAttempts& event = place->second;
        if (is_new) {
            event.guid = each.guid;
            event.event = each.event;
            event.first = each.at;
        }
        if (is_new || each.at >= event.newest) {
            event.newest_id = each.id;
            event.newest = each.at;
        }
        event.first = std::min(event.first, each.at);
        event.acknowledged |= each.status >= 200 && each.status < 300;
        if (each.redelivery) {
            event.redeliveries += 1;
            event.redelivered = std::max(event.redelivered.value_or(each.at), each.at);
        }
    }
    std::vector<EventAttempts> out;
    out.reserve(events.size());
    for (auto& [guid, event] : events) {
        out.push_back(std::move(event));
    }
    std::ranges::sort(out, [](const EventAttempts& a, const EventAttempts& b) {
        return std::tie(a.first, a.guid) < std::tie(b.first, b.guid);
    });
    return out;
}

std::string_view to_string(Gap gap) {
    switch (gap) {
        case Gap::stored:
            return "stored";
        case Gap::ignored:
            return "ignored";
        case Gap::young:
            return "young";
        case Gap::waiting:
            return "waiting";
        case Gap::missing:
            return "missing";
        case Gap::given_up:
            return "given up";
        case Gap::too_late:
            return "too late";
    }
    return "missing";
}

Gap judge(const EventAttempts& event, bool stored, const std::optional<Asked>& asked,
          const GapOptions& options, SystemTime now) {
    if (stored) {
        return Gap::stored;
    }
    if (std::ranges::find(options.ignore, event.event) != options.ignore.end()) {
        return Gap::ignored;
    }
    if (now - event.newest < options.settle) {
        return Gap::young;
    }
    if (now - event.newest >= options.horizon) {
        return Gap::too_late;
    }
    // Another process, or a life of this one that is forgotten, may have asked: the list says so.
    std::optional<SystemTime> last = event.redelivered;
    int times = event.redeliveries;
    if (asked) {
        last = std::max(last.value_or(asked->last), asked->last);
        times = std::max(times, asked->times);
    }
    if (last && now - *last < pause_after(times, options)) {
        return Gap::waiting;
    }
    return times >= options.asks_max ? Gap::given_up : Gap::missing;
}

void GapCheckpoint::remember(const std::string& guid, SystemTime now) {
    Asked& entry = asked[guid];
    entry.last = now;
    entry.times += 1;
    if (asked.size() > asked_max) {
        asked.erase(
            std::ranges::min_element(asked, {}, [](const auto& each) { return each.second.last; }));
    }
}

std::string GapCheckpoint::to_text() const {
    std::string out(heading);
    out += '\n';
    if (through) {
        out += fmt::format("through {}\n", to_ms(*through));
    }
    if (walked) {
        out += fmt::format("walked {}\n", to_ms(*walked));
    }
    for (const auto& [guid, entry] : asked) {
        out += fmt::format("asked {} {} {}\n", guid, to_ms(entry.last), entry.times);
    }
    return out;
}

Result<GapCheckpoint> GapCheckpoint::parse(std::string_view text) {
    GapCheckpoint out;
    for (int number = 1; !text.empty() || number == 1; ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (number == 1 ? line != heading : !read_line(line, out)) {
            return fail(
                Error(ErrorKind::decode,
                      fmt::format("line {} of the gap filler's checkpoint is not as written "
                                  "by it",
                                  number))
                    .with_detail(fmt::format("line {}", number)));
        }
    }
    return out;
}

}  // namespace apilab::work
