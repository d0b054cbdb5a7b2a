#include "internal/run_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "apilab/base/digest.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/base/temporary_folder.hpp"

namespace exercise::internal {
namespace {

constexpr std::string_view key = "the-key-of-this-run-and-of-no-other";

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// What was asked is taken before main: so here it is nothing, and in the program that the next test
// begins it is a run.
TEST(Runs, are_handed_over_by_a_program_in_which_nothing_of_the_key_is_left) {
    EXPECT_EQ(std::getenv("APILAB_RUNS"), nullptr);
    EXPECT_EQ(std::getenv("APILAB_RUNS_KEY"), nullptr);
    EXPECT_FALSE(text_of("/proc/self/environ").contains(key));
    hand_over_runs("{\"runs\":[]}\n");
}

TEST(RunFile, is_sealed_by_the_key_that_the_program_was_asked_with) {
    const auto folder = apilab::TemporaryFolder::make("apilab-runs-").value();
    const auto file = folder.path() / "a.run";
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto command = "APILAB_RUNS='" + file.string() + "' APILAB_RUNS_KEY='" +
                         std::string(key) + "' '" + program + "' --gtest_filter='Runs.*'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    const std::string runs = "{\"runs\":[]}";
    EXPECT_EQ(text_of(file),
              runs + "\nhmac-sha256 " +
                  apilab::to_hex(apilab::hmac_sha256(apilab::Secret(std::string(key)), runs)) +
                  "\n");
}

}  // namespace
}  // namespace exercise::internal
