#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "stampede.hpp"

namespace apilab::stampede {
namespace {

class Stampede : public ::testing::Test {
protected:
    Stampede() {
        std::string pattern = (std::filesystem::temp_directory_path() / "stampede-XXXXXX").string();
        plan.folder = ::mkdtemp(pattern.data());
    }
    ~Stampede() override { std::filesystem::remove_all(plan.folder); }
    Plan plan{.worker = TOKEN_WORKER};
};

TEST_F(Stampede, of_eight_processes_over_forty_lives_uses_no_refresh_token_twice) {
    const auto told = play(plan);
    EXPECT_GE(told.tokens, 40);
    EXPECT_EQ(told.token_requests, told.tokens) << "one was refused: a refresh token came twice";
    EXPECT_EQ(told.failed, 0) << told.last_error;
    EXPECT_EQ(told.silent, 0);
    EXPECT_GT(told.answered, 40 * 8);
}

TEST_F(Stampede, with_one_killed_between_answer_and_store_asks_for_consent_once) {
    plan.lives = 1'000;  // never reached: the session is over before
    plan.dies_at_save = 3;
    const auto told = play(plan);
    EXPECT_GT(told.answered, 0);
    EXPECT_EQ(told.token_requests, told.tokens + 1) << "one is refused, and all know it";
    EXPECT_EQ(told.want_consent, plan.processes);
    EXPECT_EQ(told.silent, 0);
}

}  // namespace
}  // namespace apilab::stampede
