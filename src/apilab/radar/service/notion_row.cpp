#include "apilab/radar/service/notion_row.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apilab/base/digest.hpp"
#include "apilab/provider/notion_values.hpp"
#include "apilab/work/job_outcome.hpp"

namespace apilab::radar {
namespace {

using provider::NotionValue;

constexpr std::size_t text_max = 10'000;

std::string text_value(const std::string& text) {
    return NotionValue::text(text.size() <= text_max ? text
                                                     : work::cut_reason(text, text_max) + "...");
}

std::string why_of(const Decision& decision) {
    std::string why;
    for (const auto& point : decision.points) {
        why += why.empty() ? "" : "\n";
        why += fmt::format("{:+} {}", point.points, point.why);
    }
    for (const auto& note : decision.notes) {
        why += (why.empty() ? "" : "\n") + note;
    }
    return why;
}

// `GHSA-a (CVE-1, CVE-2), GHSA-b`
std::string advisories_of(const Decision& decision) {
    std::string all;
    for (const auto& id : decision.advisories) {
        all += (all.empty() ? "" : ", ") + id;
        for (const auto& [name, aliases] : decision.aliases) {
            if (name == id && !aliases.empty()) {
                all += fmt::format(" ({})", fmt::join(aliases, ", "));
            }
        }
    }
    return all;
}

// All but those that change without anything to say.
std::vector<std::pair<std::string, std::string>> lasting(const Item& item) {
    const Decision& decision = item.decision;
    return {
        {"Package", NotionValue::title(decision.package)},
        {"Key", text_value(item.key())},
        {"Watch", text_value(item.watch)},
        {"Status", NotionValue::select(item.actionable() ? "open" : "resolved")},
        {"Action", NotionValue::select(to_string(decision.action))},
        {"Level", NotionValue::select(decision.level ? to_string(*decision.level) : "")},
        {"Installed", text_value(fmt::format("{}", fmt::join(decision.installed, ", ")))},
        {"Candidate", text_value(decision.candidate.value_or(""))},
        {"Command", text_value(decision.command.value_or(""))},
        {"Advisories", text_value(advisories_of(decision))},
        {"Why", text_value(why_of(decision))},
        {"Confidence", text_value(std::string(to_string(decision.confidence)))},
        {"Score", NotionValue::integer(decision.score)},
    };
}

}  // namespace

std::vector<std::pair<std::string, std::string>> notion_columns(const Item& item) {
    auto columns = lasting(item);
    columns.emplace_back("Revision", NotionValue::integer(item.revision));
    columns.emplace_back("As of", NotionValue::date(item.last_seen));
    return columns;
}

std::string notion_row_hash(const Item& item) {
    return to_hex(sha256(provider::notion_properties(lasting(item)))).substr(0, 16);
}

}  // namespace apilab::radar
