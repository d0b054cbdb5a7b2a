#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/radar/internal/test_plan.hpp"
#include "apilab/radar/service/plan.hpp"

// Histories made of chance: reports, sources that fail, people who write into rows, days and
// nights.
namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using testing::at;
using testing::decision;
using testing::item_of;
using testing::report;

class History {
public:
    explicit History(std::uint64_t seed) : rng_(seed) {
        if (!chance(4)) {
            rules_.notion.reset();  // its rows cost most of the time
        }
        if (chance(2)) {
            rules_.slack->quiet = QuietHours{.from = 22h, .to = 7h, .zone = "Europe/Berlin"};
        }
    }

    // Three weeks: shorter than what makes something news again.
    void live() {
        while (now_ < at("2026-11-22T00:00:00Z") && !::testing::Test::HasFatalFailure()) {
            now_ += std::chrono::minutes(rng_.between(1, 600));
            switch (rng_.between(0, 4)) {
                case 0:
                    edit();
                    break;
                case 1:
                    step(replan("w", items_, rules_, now_), nullptr);
                    break;
                default:
                    change_the_world();
                    const auto heard = answer();
                    step(plan("w", items_, heard, rules_, now_), &heard);
            }
        }
        settle();
    }

private:
    bool chance(std::uint64_t one_in) { return rng_.between(0, one_in - 1) == 0; }
    std::string package() { return std::string(1, static_cast<char>('a' + rng_.between(0, 5))); }

    void change_the_world() {
        const auto name = package();
        if (chance(3)) {
            truth_.erase(name);
            return;
        }
        std::vector<std::string> advisories{"GHSA-1"};
        for (const char* one : {"GHSA-2", "OSV-1", "OSV-2"}) {
            if (chance(2)) {
                advisories.emplace_back(one);
            }
        }
        Decision said = decision(name, advisories, static_cast<Severity>(rng_.between(0, 3)));
        said.candidate = "1.0." + std::to_string(rng_.between(1, 2));
        said.action = static_cast<Action>(rng_.between(0, 3));
        said.installed = {"1.0." + std::to_string(rng_.between(0, 1))};
        truth_.insert_or_assign(name, said);
    }

    // What the sources say of the truth: all of it, or without OSV what GitHub knows of it.
    Report answer() {
        std::vector<Decision> all;
        for (const auto& [name, said] : truth_) {
            all.push_back(said);
        }
        if (!chance(3)) {
            return report(all, now_);
        }
        std::vector<Decision> some;
        for (Decision said : all) {
            std::erase_if(said.advisories, [](const auto& id) { return id.starts_with("OSV"); });
            if (!chance(4)) {
                some.push_back(std::move(said));
            }
        }
        return testing::degraded(std::move(some));
    }

    void edit() {
        if (items_.empty()) {
            return;
        }
        Item& item = items_.at(rng_.between(0, items_.size() - 1));
        item.human.decision = chance(3) ? "ignore" : "";
        item.human.snooze_until =
            chance(2) ? std::optional(now_ + std::chrono::hours(rng_.between(1, 48)))
                      : std::nullopt;
    }

    bool may_be_told(const Item& item) const {
        return item.actionable() && item.decision.level &&
               *item.decision.level >= rules_.slack->level && item.human.decision.empty() &&
               (!item.human.snooze_until || *item.human.snooze_until <= now_);
    }
    bool is_quiet() const {
        return rules_.slack->quiet && quiet_until(*rules_.slack->quiet, now_).has_value();
    }

    void step(Plan next, const Report* heard) {
        std::size_t told = 0;
        for (const Item& item : next.items) {
            const Item* before = find(item.decision.package);
            check_told(item, before, &told);
            check_standing(item, before, heard);
            check_row(item, before);
        }
        ASSERT_EQ(next.announced, told);
        ASSERT_EQ(testing::count(next, "slack"), told > 0 ? 1U : 0U);
        ASSERT_GE(next.items.size(), items_.size()) << "something was forgotten";
        for (const auto& message : next.messages) {
            ASSERT_TRUE(keys_.insert(message.target + message.key).second) << message.key;
        }
        items_ = std::move(next.items);
    }

    const Item* find(const std::string& package) const {
        const auto found = std::ranges::find_if(
            items_, [&](const Item& item) { return item.decision.package == package; });
        return found == items_.end() ? nullptr : &*found;
    }

    void check_told(const Item& item, const Item* before, std::size_t* told) {
        if (before != nullptr && item.announced == before->announced) {
            const bool waits = may_be_told(item) && !is_quiet() &&
                               !told_.contains({item.decision.package, item.fingerprint});
            ASSERT_FALSE(waits) << item.decision.package << " was not told";
            return;
        }
        if (item.announced.empty()) {
            ASSERT_TRUE(!may_be_told(item) || is_quiet());
            return;
        }
        ++*told;
        ASSERT_TRUE(may_be_told(item)) << item.decision.package;
        ASSERT_FALSE(is_quiet());
        ASSERT_EQ(item.announced, item.fingerprint);
        ASSERT_TRUE(told_.insert({item.decision.package, item.announced}).second)
            << item.decision.package << " was told twice of " << item.announced;
    }

    static void check_standing(const Item& item, const Item* before, const Report* heard) {
        if (before == nullptr || before->resolved) {
            return;
        }
        if (heard == nullptr) {
            ASSERT_EQ(item.fingerprint, before->fingerprint);
            ASSERT_EQ(item.resolved, before->resolved);
            return;
        }
        ASSERT_EQ(item.human, before->human);
        if (all_sources_ok(*heard)) {
            return;
        }
        ASSERT_FALSE(item.resolved) << "resolved by a source that said nothing";
        ASSERT_NE(item.decision.confidence, Confidence::full) << "not labelled";
        if (item.decision.installed == before->decision.installed) {
            for (const auto& id : before->decision.advisories) {
                ASSERT_EQ(std::ranges::count(item.decision.advisories, id), 1) << id;
            }
        }
    }

    void check_row(const Item& item, const Item* before) const {
        const std::int64_t revision = before == nullptr ? 0 : before->revision;
        ASSERT_LE(item.revision, revision + 1);
        ASSERT_GE(item.revision, revision);
        ASSERT_TRUE(item.revision > 0 || !item.actionable() || !rules_.notion);
    }

    // The sources are whole, snoozes and the night are over: what stands is what is so.
    void settle() {
        now_ = at("2026-11-25T12:00:00Z");
        const auto heard = [this] {
            std::vector<Decision> all;
            for (const auto& [name, said] : truth_) {
                all.push_back(said);
            }
            return report(all, now_);
        }();
        step(plan("w", items_, heard, rules_, now_), &heard);
        for (const Item& item : items_) {
            const auto so = truth_.find(item.decision.package);
            ASSERT_EQ(!item.resolved, so != truth_.end());
            if (so != truth_.end()) {
                ASSERT_EQ(item.fingerprint, fingerprint_of(so->second));
                ASSERT_EQ(item.decision.confidence, Confidence::full);
                ASSERT_TRUE(!may_be_told(item) ||
                            told_.contains({item.decision.package, item.fingerprint}));
            }
        }
        const auto quiet = replan("w", items_, rules_, now_);
        ASSERT_TRUE(quiet.messages.empty());
    }

    SeededRng rng_;
    PlanRules rules_ = testing::rules();
    SystemTime now_ = at("2026-11-01T00:00:00Z");
    std::map<std::string, Decision> truth_;
    std::vector<Item> items_;
    std::set<std::pair<std::string, std::string>> told_;
    std::set<std::string> keys_;
};

TEST(PlanProperty, whatever_happens_each_fingerprint_is_told_once_and_nothing_is_lost) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        History(seed).live();
        if (HasFatalFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace apilab::radar
