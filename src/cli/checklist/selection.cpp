#include "checklist/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace apilab::cli::checklist {

namespace {

template <class Range>
bool has(const Range& range, std::string_view value) {
    return std::ranges::find(range, value) != range.end();
}

std::unexpected<Error> bad(std::string_view flag, std::string what, std::string remedy) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", flag, std::move(what)))
                    .with_remedy(std::move(remedy)));
}

// That everything the selection names is there.
Result<void> check_names(const std::vector<sandbox::ChecklistItem>& items,
                         const Selection& selection, std::span<const std::string> known) {
    for (const auto& id : selection.items) {
        if (std::ranges::find(items, id, &sandbox::ChecklistItem::id) == items.end()) {
            return bad("--item", fmt::format("no item '{}'", id),
                       "ids are A01 to K08: apilab checklist list");
        }
    }
    if (!selection.group.empty() && std::ranges::none_of(items, [&](const auto& item) {
            return item.id.substr(0, 1) == selection.group;
        })) {
        return bad("--group", fmt::format("no group '{}'", selection.group), "groups are A to K");
    }
    for (const auto& id : selection.episodes) {
        if (!has(known, id)) {
            return bad("--episode", fmt::format("no episode '{}'", id),
                       fmt::format("there are {}", fmt::join(known, ", ")));
        }
    }
    return {};
}

bool is_asked(const sandbox::ChecklistItem& item, const Selection& selection) {
    return (selection.group.empty() || item.id.starts_with(selection.group)) &&
           (selection.day == 0 || item.day == selection.day) &&
           (selection.items.empty() || has(selection.items, item.id));
}

}  // namespace

std::vector<std::string> episodes_of(const ItemRule& rule, std::string_view check,
                                     std::span<const std::string> known) {
    std::set<std::string, std::less<>> asked;
    Observed seen;
    seen.asked = &asked;
    for (std::size_t before = 1; before != asked.size();) {
        before = asked.size();
        static_cast<void>(rule.rule(seen));
        for (const auto& id : asked) {
            seen.episodes.try_emplace(id).first->second.id = id;
        }
        if (asked.empty()) {
            break;
        }
    }
    const bool of_a_run = check.find_first_of("WL") != std::string_view::npos;
    if (asked.empty() && of_a_run) {
        return {known.begin(), known.end()};
    }
    std::vector<std::string> ids;
    std::ranges::copy_if(known, std::back_inserter(ids),
                         [&](const std::string& id) { return asked.contains(id); });
    return ids;
}

Result<Plan> plan_of(const std::vector<sandbox::ChecklistItem>& items, const Selection& selection,
                     std::span<const ItemRule> rules, std::span<const std::string> known) {
    if (auto names = check_names(items, selection, known); !names) {
        return std::unexpected(std::move(names).error());
    }
    Plan plan;
    std::set<std::string, std::less<>> needed;
    for (const auto& item : items) {
        const auto rule = std::ranges::find(rules, item.id, &ItemRule::item);
        const auto looks_at = rule == rules.end() ? std::vector<std::string>{}
                                                  : episodes_of(*rule, item.check, known);
        const bool of_episode =
            selection.episodes.empty() ||
            std::ranges::any_of(looks_at, [&](auto& id) { return has(selection.episodes, id); });
        if (is_asked(item, selection) && of_episode) {
            plan.items.push_back(item);
            needed.insert(looks_at.begin(), looks_at.end());
        }
    }
    if (plan.items.empty()) {
        return fail(Error(ErrorKind::invalid_argument, "no item is of all that was asked for")
                        .with_remedy("ask for fewer of --group, --day, --item and --episode"));
    }
    std::ranges::copy_if(known, std::back_inserter(plan.episodes), [&](const std::string& id) {
        return needed.contains(id) && (selection.episodes.empty() || has(selection.episodes, id));
    });
    return plan;
}

}  // namespace apilab::cli::checklist
