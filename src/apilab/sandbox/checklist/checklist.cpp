#include "apilab/sandbox/checklist/checklist.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/embedded_checklist.hpp"

namespace apilab::sandbox {

namespace {

constexpr int days = 14;

std::unexpected<Error> bad(std::string_view place, std::string_view what) {
    return fail(ErrorKind::invalid_argument, fmt::format("checklist, {}: {}", place, what));
}

Result<ChecklistItem> read_item(const toml::table& table, const std::string& group_id,
                                const std::string& group) {
    ChecklistItem item{.id = table["id"].value_or(std::string()),
                       .group = group,
                       .item = table["item"].value_or(std::string()),
                       .check = table["check"].value_or(std::string()),
                       .how = table["how"].value_or(std::string()),
                       .day = table["day"].value_or(0),
                       .question = table["question"].value_or(std::string())};
    if (item.id.size() != 3 || !item.id.starts_with(group_id)) {
        return bad(group, fmt::format("'{}' is no id of group {}", item.id, group_id));
    }
    if (item.item.empty() || item.how.empty()) {
        return bad(item.id, "item and how have to be there");
    }
    if (item.check.empty() || item.check.find_first_not_of("WCLR") != std::string::npos) {
        return bad(item.id, "check is made of the letters W, C, L and R");
    }
    if (item.day < 1 || item.day > days) {
        return bad(item.id, "day is 1 to 14");
    }
    if (item.check.contains('R') ? !item.question.ends_with('?') : !item.question.empty()) {
        return bad(item.id, "an item with R, and no other, has a question that ends with '?'");
    }
    return item;
}

Result<std::vector<ChecklistItem>> read_groups(const toml::table& root) {
    std::vector<ChecklistItem> items;
    std::set<std::string> seen;
    const auto* groups = root["group"].as_array();
    if (groups == nullptr) {
        return bad("the file", "expected tables [[group]]");
    }
    for (const auto& node : *groups) {
        const auto* group = node.as_table();
        const auto* rows = group == nullptr ? nullptr : (*group)["items"].as_array();
        if (rows == nullptr) {
            return bad("a group", "expected items = [...]");
        }
        const auto id = (*group)["id"].value_or(std::string());
        const auto title = (*group)["title"].value_or(std::string());
        for (const auto& row : *rows) {
            if (!row.is_table()) {
                return bad(title, "an item is a table");
            }
            APILAB_TRY(auto item, read_item(*row.as_table(), id, title));
            if (!seen.insert(item.id).second) {
                return bad(item.id, "stands there twice");
            }
            items.push_back(std::move(item));
        }
    }
    return items;
}

}  // namespace

Result<std::vector<ChecklistItem>> parse_checklist(std::string_view text) {
    try {
        return read_groups(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return bad(fmt::format("line {}", error.source().begin.line), error.description());
    }
}

Result<std::vector<ChecklistItem>> built_in_checklist() {
    return parse_checklist(internal::embedded_checklist().front().bytes);
}

std::string check_words(std::string_view letters) {
    std::string words;
    for (const char letter : letters) {
        words += words.empty() ? "" : ", ";
        words += letter == 'W'   ? "wire"
                 : letter == 'C' ? "configuration"
                 : letter == 'L' ? "logs"
                                 : "review";
    }
    return words;
}

std::string checklist_markdown(const std::vector<ChecklistItem>& items) {
    const auto review = std::ranges::count_if(items, &ChecklistItem::review_only);
    std::string text = fmt::format(
        "# The API integration checklist\n\n"
        "What a reviewer asks before an integration goes live: {} items, {} of which only a person "
        "can\n"
        "answer. *Wire* can be proved from a sandbox's journal, *configuration* from files and "
        "images,\n"
        "*logs* from the integration's own logs and metrics.\n\n"
        "This page is made from integration-checklist.toml (`apilab checklist list --markdown`).\n",
        items.size(), review);
    std::string group;
    for (const auto& item : items) {
        if (item.group != group) {
            group = item.group;
            text += fmt::format("\n## {}. {}\n\n| | | seen by | day |\n| --- | --- | --- | --- |\n",
                                item.id.substr(0, 1), group);
        }
        text += fmt::format("| {} | {}. *{}* | {} | {} |\n", item.id, item.item, item.how,
                            check_words(item.check), item.day);
    }
    return text;
}

}  // namespace apilab::sandbox
