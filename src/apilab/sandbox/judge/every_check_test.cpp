// A check that nobody was seen to break proves nothing. Where APILAB_EVERY_CHECK is set, this
// program fails unless its tests, taken together, made every check pass, fail and say that it does
// not know (`pre` checks ask about the run: they do not fail). CTest runs it so as
// `sandbox.every_check`; one by one its tests cannot tell.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox {
namespace {

std::map<std::string, std::set<Verdict>, std::less<>>& seen() {
    static std::map<std::string, std::set<Verdict>, std::less<>> all;
    return all;
}

void note(std::string_view id, Verdict verdict) {
    seen()[std::string(id)].insert(verdict);
}

class EveryCheck final : public testing::Environment {
public:
    void SetUp() override {
        if (std::getenv("APILAB_EVERY_CHECK") != nullptr) {
            internal::verdict_watch = note;
        }
    }
    void TearDown() override {
        if (internal::verdict_watch == nullptr) {
            return;
        }
        for (const auto& check : all_checks()) {
            const auto& card = check->card();
            const auto& verdicts = seen()[std::string(card.id)];
            EXPECT_TRUE(verdicts.contains(Verdict::pass)) << card.id << ": no client passes it";
            EXPECT_TRUE(verdicts.contains(Verdict::unknown)) << card.id << ": is never unknown";
            // PLT-00 asks about the run, too, though only of those on a platform.
            const bool about_the_run = card.kind == CheckKind::pre || card.id == "PLT-00";
            EXPECT_TRUE(about_the_run || verdicts.contains(Verdict::fail))
                << card.id << ": no mutant turns it red";
        }
    }
};

// Google Test owns it.
[[maybe_unused]] const auto* const every_check =
    testing::AddGlobalTestEnvironment(std::make_unique<EveryCheck>().release());

}  // namespace
}  // namespace apilab::sandbox
