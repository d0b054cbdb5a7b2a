#include <algorithm>

#include "checklist/rules.hpp"
#include "checklist/run.hpp"

namespace apilab::cli::checklist {

std::vector<Line> fill_in(const std::vector<sandbox::ChecklistItem>& items, const Observed& seen) {
    const auto rules = all_rules();
    std::vector<Line> lines;
    for (const auto& item : items) {
        Line line{.item = item, .answer = {}, .question = item.question, .persons = {}};
        if (const auto answer = seen.manifest.answers.find(item.id);
            answer != seen.manifest.answers.end()) {
            line.persons = answer->second;
        }
        if (const auto reason = seen.manifest.not_applicable.find(item.id);
            reason != seen.manifest.not_applicable.end()) {
            line.answer = {State::not_applicable, reason->second, {}};
        } else if (item.review_only()) {
            line.answer = {line.persons ? State::answered : State::open,
                           line.persons ? line.persons->answer : item.how,
                           {}};
        } else if (const auto rule = std::ranges::find(rules, item.id, &ItemRule::item);
                   rule != rules.end()) {
            line.answer = rule->rule(seen);
        } else {
            line.answer = untested("no rule looks at it");
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::size_t count(const std::vector<Line>& lines, State state) {
    return static_cast<std::size_t>(
        std::ranges::count_if(lines, [&](const Line& line) { return line.answer.state == state; }));
}

}  // namespace apilab::cli::checklist
