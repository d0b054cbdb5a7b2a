#include "apilab/radar/service/slack_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::radar {
namespace {

using http::json_quote;

constexpr std::size_t section_max = 3000;
constexpr std::size_t text_max = 3000;
// Of all sections. Slack refuses long messages as a whole (`msg_blocks_too_long`) and does not say
// from where on.
constexpr std::size_t sections_max = 10'000;
constexpr std::size_t named_most = 40;
constexpr std::size_t doubts_max = 2000;  // one more of them still fits into a block
constexpr std::size_t field_max = 250;
constexpr std::size_t command_max = 1000;
constexpr std::size_t advisories_max = 4;
constexpr std::string_view simulated_words = "SIMULATED: the sources were a sandbox, not the world";

std::size_t length_at(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return std::min(length, text.size() - at);
}

std::string shown(std::string_view piece) {
    if (piece == "&") {
        return "&amp;";
    }
    if (piece == "<") {
        return "&lt;";
    }
    if (piece == ">") {
        return "&gt;";
    }
    const auto byte = static_cast<unsigned char>(piece.front());
    return byte < 0x20 || byte == 0x7F ? " " : std::string(piece);
}

// In a code span nothing but its end means anything.
std::string code(std::string_view text, std::size_t bytes) {
    std::string plain(text);
    std::ranges::replace(plain, '`', '\'');
    return slack_escaped(plain, bytes);
}

// In bold or slanted text the signs for them would end it.
std::string plain(std::string_view text, std::size_t bytes = field_max) {
    std::string bare(text);
    for (char& c : bare) {
        c = c == '*' || c == '_' || c == '~' || c == '`' ? ' ' : c;
    }
    return slack_escaped(bare, bytes);
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string level_of(const Item& item) {
    return item.decision.level ? std::string(to_string(*item.decision.level)) : "no advisory";
}

std::string joined(const std::vector<std::string>& list, std::size_t most) {
    std::string out;
    for (std::size_t i = 0; i < std::min(list.size(), most); ++i) {
        out += (i == 0 ? "" : ", ") + list[i];
    }
    return list.size() > most ? fmt::format("{} and {} more", out, list.size() - most) : out;
}

std::string_view words_of(Action action) {
    switch (action) {
        case Action::upgrade:
            return "upgrade";
        case Action::decide:
            return "decide: a person should look first";
        case Action::mitigate:
            return "mitigate: no version helps";
        case Action::watch:
            break;
    }
    return "nothing to do";
}

std::string_view words_of(Change change) {
    switch (change) {
        case Change::in_range:
            return "in range";
        case Change::minor:
            return "a minor step";
        case Change::major:
            return "a major step";
        case Change::none:
            break;
    }
    return "";
}

std::string_view doubt_of(Confidence confidence) {
    switch (confidence) {
        case Confidence::partial:
            return "Not every source answered freshly about it.";
        case Confidence::low:
            return "Advisories or versions could not be checked: there may be more to it.";
        case Confidence::full:
            break;
    }
    return "";
}

std::string versions_of(const Decision& decision) {
    auto out = plain(joined(decision.installed, 3));
    if (decision.candidate) {
        out += " to " + plain(*decision.candidate);
    }
    return out;
}

std::string why_of(const Decision& decision) {
    std::string why;
    for (const auto& point : decision.points) {
        why += (why.empty() ? "" : "; ") + point.why;
    }
    return why;
}

void add_line(std::string& out, std::string_view label, const std::string& text) {
    if (!text.empty()) {
        out += fmt::format("\n{}{}", label, text);
    }
}

std::string section_of(const Item& item) {
    const auto& decision = item.decision;
    std::string out = fmt::format("*{}* {} | *{}* | {}", plain(decision.package),
                                  versions_of(decision), level_of(item), words_of(decision.action));
    if (decision.change != Change::none) {
        out += fmt::format(", {}", words_of(decision.change));
    }
    out += decision.direct ? "" : " | indirect";
    out += decision.dev ? " | dev" : "";
    if (decision.command) {
        const auto command = code(*decision.command, section_max);
        out += command.size() <= command_max
                   ? fmt::format("\n`{}`", command)
                   : "\nThe command is too long for here: it stands in the working list.";
    }
    add_line(out, "Why: ", slack_escaped(why_of(decision), field_max));
    add_line(out, "", slack_escaped(joined(decision.advisories, advisories_max), field_max));
    add_line(out, "Owner: ", slack_escaped(item.human.owner, field_max / 2));
    add_line(out, "", std::string(doubt_of(decision.confidence)));
    return out;
}

std::string block(std::string_view type, std::string_view text) {
    const auto quoted = json_quote(text);
    if (type == "header") {
        return fmt::format(
            R"({{"type":"header","text":{{"type":"plain_text","text":{},"emoji":false}}}})",
            quoted);
    }
    const auto body = fmt::format(R"({{"type":"mrkdwn","text":{}}})", quoted);
    return type == "context" ? fmt::format(R"({{"type":"context","elements":[{}]}})", body)
                             : fmt::format(R"({{"type":"section","text":{}}})", body);
}

// What a source did not say; empty where all of them answered freshly.
std::string doubts_of(const Report& report) {
    std::string out;
    for (const auto& source : report.sources) {
        if (source.status == SourceStatus::ok || out.size() > doubts_max) {
            continue;
        }
        out += out.empty() ? "" : "; ";
        out += plain(source.name) + " " + std::string(to_string(source.status));
        if (source.as_of && source.status == SourceStatus::stale) {
            out += " (as of " + http::format_iso_time(*source.as_of) + ")";
        }
        if (source.error) {
            out += ": " + slack_escaped(*source.error, field_max);
        }
    }
    if (out.empty() && report.advisories_evaluated) {
        return {};
    }
    if (!report.advisories_evaluated) {
        out += out.empty() ? "" : "; ";
        out += "advisories could not be checked at all";
    }
    return "Degraded answer, there may be more: " + out + ".";
}

std::vector<const Item*> ranked(const std::vector<Item>& items) {
    std::vector<const Item*> all;
    all.reserve(items.size());
    for (const auto& item : items) {
        all.push_back(&item);
    }
    std::ranges::sort(all, [](const Item* one, const Item* other) {
        return one->decision.score != other->decision.score
                   ? one->decision.score > other->decision.score
                   : one->decision.package < other->decision.package;
    });
    return all;
}

// `lodash (critical), left-pad (high) and 3 more`, as far as it fits.
std::string names_of(const std::vector<const Item*>& items, std::size_t from, std::size_t bytes) {
    std::string out;
    constexpr std::size_t room = 30;  // for the count
    for (std::size_t i = from; i < items.size(); ++i) {
        const auto one = fmt::format("{}{} ({})", i == from ? "" : ", ",
                                     plain(items[i]->decision.package), level_of(*items[i]));
        if (out.size() + one.size() + room > bytes) {
            return fmt::format("{}{}", out,
                               i == from ? fmt::format("{} in all", items.size() - from)
                                         : fmt::format(" and {} more", items.size() - i));
        }
        out += one;
    }
    return out;
}

std::string joined_blocks(const std::vector<std::string>& blocks) {
    return fmt::format("[{}]", fmt::join(blocks, ","));
}

}  // namespace

std::string slack_escaped(std::string_view text, std::size_t bytes) {
    constexpr std::string_view dots = "...";
    std::string out;
    std::size_t safe = 0;  // where it may be cut so that the dots fit
    for (std::size_t at = 0; at < text.size();) {
        const auto length = length_at(text, at);
        const auto piece = shown(text.substr(at, length));
        if (out.size() + piece.size() > bytes) {
            out.resize(safe);
            return out + std::string(dots);
        }
        out += piece;
        safe = out.size() + dots.size() <= bytes ? out.size() : safe;
        at += length;
    }
    return out;
}

SlackText slack_text(std::string_view watch, const std::vector<Item>& items,
                     const SlackTextOptions& options) {
    const auto all = ranked(items);
    const bool simulated = options.report != nullptr && options.report->simulated;
    const auto doubts = options.report != nullptr ? doubts_of(*options.report) : std::string();
    const auto name = plain(watch, 64);
    const auto head =
        fmt::format("{}{}: {}", simulated ? "SIMULATED: " : "", name,
                    plural(all.size(), "package needs somebody", "packages need somebody"));
    std::vector<std::string> blocks{block("header", head)};
    if (simulated) {
        blocks.push_back(block("context", fmt::format("*{}*", simulated_words)));
    }
    if (!doubts.empty()) {
        blocks.push_back(block("context", doubts));
    }
    SlackText out;
    std::size_t used = 0;
    const auto named_max = std::clamp<std::size_t>(options.named_max, 1, named_most);
    for (const Item* item : all) {
        const auto text = section_of(*item);
        if (out.named == named_max || text.size() > section_max ||
            used + text.size() > sections_max) {
            break;
        }
        used += text.size();
        blocks.push_back(block("section", text));
        ++out.named;
    }
    out.counted = all.size() - out.named;
    if (out.counted > 0) {
        const auto more = fmt::format("And {}: ", plural(out.counted, "other", "others"));
        blocks.push_back(
            block("context", more + names_of(all, out.named, section_max - more.size())));
    }
    out.blocks = joined_blocks(blocks);
    out.text = head + ": ";
    const auto label = doubts.empty() ? "" : " (degraded answer, there may be more)";
    out.text += names_of(all, 0, text_max - out.text.size() - 40) + label;
    return out;
}

std::string slack_status(const std::vector<WatchStatus>& watches, SystemTime now, bool simulated) {
    std::string out = simulated ? fmt::format("*{}*\n", simulated_words) : std::string();
    if (watches.empty()) {
        return out + "Nothing is watched yet.";
    }
    constexpr std::size_t room = 60;  // for the count
    for (std::size_t i = 0; i < watches.size(); ++i) {
        const auto& one = watches[i];
        std::string line = fmt::format("*{}*: ", plain(one.name, 64));
        line += one.actionable == 0
                    ? "nothing to do that is known"
                    : plural(one.actionable, "package needs somebody", "packages need somebody");
        line += one.worst ? fmt::format(", the worst is {}", to_string(*one.worst)) : "";
        line += one.last_complete
                    ? "; all sources answered at " + http::format_iso_time(*one.last_complete)
                    : "; not all sources have answered yet";
        line += one.error.empty() ? "" : "; the last run failed: " + slack_escaped(one.error, 200);
        if (out.size() + line.size() + room > text_max) {
            return out + fmt::format("and {}",
                                     plural(watches.size() - i, "other watch", "other watches"));
        }
        out += line + "\n";
    }
    return out + "As of " + http::format_iso_time(now) + ".";
}

std::string slack_help() {
    return "`status`: where each watch stands\n"
           "`check NAME`: look at that watch now (`check` alone: at all of them)\n"
           "`help`: this";
}

}  // namespace apilab::radar
