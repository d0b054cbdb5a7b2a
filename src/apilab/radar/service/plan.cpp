#include "apilab/radar/service/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "apilab/base/digest.hpp"
#include "apilab/radar/internal/say.hpp"
#include "apilab/radar/service/effects.hpp"

namespace apilab::radar {
namespace {

constexpr std::string_view stands_note = "stands from an earlier run: not every source answered";

// Is everything of `small` in `large`?
bool within(const std::vector<std::string>& small, const std::vector<std::string>& large) {
    return std::ranges::all_of(small, [&](const std::string& one) {
        return std::ranges::find(large, one) != large.end();
    });
}

void stand(Item& item, Confidence confidence) {
    item.decision.confidence = std::max(item.made_with, confidence);
    if (std::ranges::find(item.decision.notes, stands_note) == item.decision.notes.end()) {
        item.decision.notes.emplace_back(stands_note);
    }
}

// What an answer that was not sure left out does not go away.
void add_what_was_known(Decision& decision, const Decision& known) {
    for (const std::string& advisory : known.advisories) {
        if (std::ranges::find(decision.advisories, advisory) == decision.advisories.end()) {
            decision.advisories.push_back(advisory);
        }
    }
    std::ranges::sort(decision.advisories);
    for (const auto& alias : known.aliases) {
        const bool has = std::ranges::any_of(
            decision.aliases, [&](const auto& other) { return other.first == alias.first; });
        if (!has) {
            decision.aliases.push_back(alias);
        }
    }
    if (known.level && (!decision.level || *decision.level < *known.level)) {
        decision.level = known.level;
    }
    decision.notes.emplace_back(stands_note);
}

// The rule is at `plan`.
void take(Item& item, const Decision& said) {
    const bool same_input = said.installed == item.decision.installed;
    const bool gains = !within(said.advisories, item.decision.advisories);
    const bool loses = !within(item.decision.advisories, said.advisories);
    const bool sure = said.confidence == Confidence::full;
    if (!sure && same_input && !gains && (loses || said.confidence > item.made_with)) {
        stand(item, said.confidence);
        return;
    }
    Decision next = said;
    if (!sure && same_input && loses) {
        add_what_was_known(next, item.decision);
        item.made_with = std::min(item.made_with, said.confidence);
    } else {
        item.made_with = said.confidence;
    }
    item.decision = std::move(next);
}

bool was_told(const Item& item) {
    return item.announced == item.fingerprint ||
           std::ranges::find(item.announced_before, item.fingerprint) !=
               item.announced_before.end();
}

bool is_loud(const Item& item, const SlackSink& sink) {
    return item.decision.level && *item.decision.level >= sink.level;
}

bool is_snoozed(const Item& item, SystemTime now) {
    return item.human.snooze_until && *item.human.snooze_until > now;
}

void tell(Item& item) {
    if (!item.announced.empty()) {
        item.announced_before.push_back(item.announced);
        if (item.announced_before.size() > Item::announced_max) {
            item.announced_before.erase(item.announced_before.begin());
        }
    }
    item.announced = item.fingerprint;
}

/// Plans one watch: what is known first, then what is said about it.
class Planner {
public:
    Planner(std::string watch, const std::vector<Item>& before, const PlanRules& rules,
            SystemTime now)
        : watch_(std::move(watch)), rules_(rules), now_(now) {
        for (const Item& item : before) {
            items_.emplace(item.decision.package, item);
        }
    }

    void hear(const Report& report) {
        report_ = &report;
        std::set<std::string_view> named;
        for (const Decision& said : report.decisions) {
            if (named.insert(said.package).second) {
                hear(said);
            }
        }
        const bool complete = all_sources_ok(report) && report.advisories_evaluated;
        for (auto& [package, item] : items_) {
            if (item.resolved || named.contains(package)) {
                continue;
            }
            if (complete) {
                resolve(item);
            } else {
                stand(item, Confidence::low);
            }
        }
    }

    void let_go() {
        for (auto& [package, item] : items_) {
            if (!item.resolved) {
                resolve(item);
            }
        }
    }

    Plan say() && {
        announce();
        if (rules_.notion) {
            for (auto& [package, item] : items_) {
                write_row(item);
            }
        }
        for (auto& [package, item] : items_) {
            plan_.items.push_back(std::move(item));
        }
        return std::move(plan_);
    }

private:
    void hear(const Decision& said) {
        const auto known = items_.find(said.package);
        if (known == items_.end()) {
            add(said);
            return;
        }
        Item& item = known->second;
        const std::string was = item.fingerprint;
        if (item.resolved) {
            come_back(item, said);
        } else {
            take(item, said);
        }
        item.last_seen = now_;
        item.fingerprint = fingerprint_of(item.decision);
        plan_.changed += item.fingerprint != was ? 1U : 0U;
    }

    void resolve(Item& item) {
        item.resolved = now_;
        ++plan_.resolved;
    }

    void add(const Decision& said) {
        Item item;
        item.watch = watch_;
        item.decision = said;
        item.made_with = said.confidence;
        item.fingerprint = fingerprint_of(said);
        item.first_seen = now_;
        item.last_seen = now_;
        items_.emplace(said.package, std::move(item));
        ++plan_.fresh;
    }

    void come_back(Item& item, const Decision& said) {
        if (now_ - *item.resolved >= news_again) {
            item.announced.clear();
            item.announced_before.clear();
            item.first_seen = now_;
            ++item.returns;
        }
        item.resolved.reset();
        item.decision = said;
        item.made_with = said.confidence;
        ++plan_.fresh;
    }

    void later(SystemTime time) { plan_.again = std::min(plan_.again.value_or(time), time); }

    // What is to be told now, the most urgent first; notes when the rest can be.
    [[nodiscard]] std::vector<Item*> news(const SlackSink& sink) {
        const auto quiet = sink.quiet ? quiet_until(*sink.quiet, now_) : std::nullopt;
        std::vector<Item*> found;
        for (auto& [package, item] : items_) {
            if (!item.actionable() || !is_loud(item, sink) || declines(item.human.decision) ||
                was_told(item)) {
                continue;
            }
            if (is_snoozed(item, now_)) {
                later(*item.human.snooze_until);
            } else if (quiet) {
                later(*quiet);
            } else {
                found.push_back(&item);
            }
        }
        std::ranges::sort(found, [](const Item* a, const Item* b) {
            return a->decision.score != b->decision.score
                       ? a->decision.score > b->decision.score
                       : a->decision.package < b->decision.package;
        });
        return found;
    }

    void announce() {
        if (!rules_.slack) {
            return;
        }
        const auto found = news(*rules_.slack);
        if (found.empty()) {
            return;
        }
        std::vector<Item> told;
        std::set<std::string> marks;
        for (Item* item : found) {
            tell(*item);
            told.push_back(*item);
            // What was told before it went may be kept still, and would be taken for this.
            marks.insert(item->key() + " " + item->fingerprint +
                         (item->returns > 0 ? fmt::format(" {}", item->returns) : ""));
        }
        const auto hash = to_hex(sha256(fmt::format("{}", fmt::join(marks, "\n"))));
        const auto effect = internal::say_on_slack(
            watch_, told, {.report = report_, .named_max = rules_.named_max}, *rules_.slack);
        plan_.announced = told.size();
        plan_.messages.push_back({.target = "slack",
                                  .key = fmt::format("slack:{}:{}", watch_, hash.substr(0, 32)),
                                  .payload = payload(effect)});
    }

    void write_row(Item& item) {
        if (!item.actionable() && item.revision == 0) {
            return;
        }
        std::string hash = internal::notion_hash(item);
        if (hash == item.row_hash) {
            return;
        }
        item.row_hash = std::move(hash);
        ++item.revision;
        ++plan_.rows;
        plan_.messages.push_back({.target = "notion",
                                  .key = fmt::format("{}#{}", item.key(), item.revision),
                                  .payload = payload(internal::say_on_notion(item))});
    }

    std::string watch_;
    const PlanRules& rules_;
    SystemTime now_;
    std::map<std::string, Item> items_;
    const Report* report_ = nullptr;
    Plan plan_;
};

}  // namespace

Plan plan(const std::string& watch, const std::vector<Item>& before, const Report& report,
          const PlanRules& rules, SystemTime now) {
    Planner planner(watch, before, rules, now);
    planner.hear(report);
    return std::move(planner).say();
}

Plan replan(const std::string& watch, const std::vector<Item>& before, const PlanRules& rules,
            SystemTime now) {
    return Planner(watch, before, rules, now).say();
}

Plan let_go(const std::string& watch, const std::vector<Item>& before, const PlanRules& rules,
            SystemTime now) {
    Planner planner(watch, before, rules, now);
    planner.let_go();
    return std::move(planner).say();
}

std::string describe(const Plan& plan) {
    return fmt::format("{} new, {} changed, {} resolved, {} announced, {} rows", plan.fresh,
                       plan.changed, plan.resolved, plan.announced, plan.rows);
}

}  // namespace apilab::radar
