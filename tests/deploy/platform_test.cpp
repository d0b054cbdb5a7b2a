// apilab platform run: a good program passes all twelve checks, and each fault turns its own red.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "platform/contract.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
namespace json = boost::json;

struct Seen {
    int code = -1;
    json::value report;
    std::string err;

    [[nodiscard]] std::string verdict(std::string_view id) const {
        for (const auto& check : report.at("checks").as_array()) {
            if (check.at("id").as_string() == id) {
                return std::string(check.at("verdict").as_string());
            }
        }
        return "missing";
    }
    [[nodiscard]] std::set<std::string> red() const {
        std::set<std::string> ids;
        for (const auto& check : report.at("checks").as_array()) {
            if (check.at("verdict").as_string() == "fail") {
                ids.emplace(check.at("id").as_string());
            }
        }
        return ids;
    }
};

Seen platform(Words flags, const std::string& fault = "") {
    Words words{"platform", "run", "--json"};
    words.insert(words.end(), flags.begin(), flags.end());
    words.insert(words.end(), {"--", SERVICE_PROGRAM});
    const auto ended = apilab(
        words, {{"FAULT", fault}, {"SERVICE_TOKEN", "hunter2-hunter2"}, {"PATH", "/usr/bin:/bin"}});
    Seen run{.code = ended.code, .err = ended.err};
    boost::system::error_code failed;
    run.report = json::parse(ended.out, failed);
    EXPECT_FALSE(failed) << ended.out << ended.err;
    return run;
}

TEST(PlatformRun, a_good_program_passes_all_checks_and_loses_nothing_in_rolls) {
    const auto run = platform({"--as", "fly", "--rolls", "2", "--every", "700ms", "--rate", "30",
                               "--path", "/work", "--kill-timeout", "4s"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_THAT(run.red(), testing::IsEmpty()) << run.report;
    EXPECT_EQ(run.verdict("ROLLS"), "pass");
    EXPECT_EQ(run.verdict("USER"), ::geteuid() == 0 ? "unknown" : "pass");
    EXPECT_EQ(run.report.at("instances").as_int64(), 3);
    EXPECT_EQ(run.report.at("requests").at("in_gap").as_int64(), 0);
    EXPECT_GT(run.report.at("requests").at("asked").as_int64(), 10);
    EXPECT_THAT(run.err, HasSubstr("[3] started"));
}

TEST(PlatformRun, with_a_volume_the_old_one_ends_first) {
    const auto run = platform({"--as", "railway", "--volume", "data", "--rolls", "1", "--every",
                               "500ms", "--rate", "50", "--path", "/work", "--kill-timeout", "4s"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.verdict("ROLLS"), "pass") << "what came in between was sent to nobody";
    EXPECT_GT(run.report.at("requests").at("in_gap").as_int64(), 0);
    EXPECT_GT(run.report.at("requests").at("gap_longest_ms").as_int64(), 0);
}

TEST(PlatformRun, as_another_user_for_root) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can become somebody else";
    }
    // The program has to be reachable for that user: a copy where everybody may go.
    const TempDir folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    const auto copy = folder.path() / "service";
    std::filesystem::copy_file(SERVICE_PROGRAM, copy);
    const auto ended = apilab({"platform", "run", "--as", "fly", "--user", "10001", "--for",
                               "600ms", "--json", "--", copy.string()},
                              {{"PATH", "/usr/bin:/bin"}});
    Seen run{.code = ended.code, .report = json::parse(ended.out)};
    EXPECT_EQ(run.verdict("USER"), "pass") << run.report;
}

TEST(PlatformRun, one_that_sleeps_is_woken_by_a_request) {
    const auto run = platform({"--as", "fly", "--auto-stop", "300ms", "--for", "2500ms", "--rate",
                               "1", "--path", "/work"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_GT(run.report.at("sleep").at("times").as_int64(), 0) << run.report;
    EXPECT_GT(run.report.at("sleep").at("wake_slowest_ms").as_int64(), 0);
    EXPECT_EQ(run.report.at("requests").at("lost").as_int64(), 0);
}

struct Fault {
    std::string name;
    std::set<std::string> red;
    Words flags;
};

class PlatformFault : public testing::TestWithParam<Fault> {};

TEST_P(PlatformFault, turns_its_check_red) {
    const auto& [name, red, flags] = GetParam();
    Words words{"--as", "fly", "--kill-timeout", "1s"};
    words.insert(words.end(), flags.begin(), flags.end());
    const auto run = platform(words, name);
    EXPECT_EQ(run.code, 3) << run.err;
    EXPECT_EQ(run.red(), red) << run.report;
}

const std::vector<Fault>& faults() {
    static const std::vector<Fault> all{
        {"own-port", {"PORT", "READY"}, {"--ready-within", "1s"}},
        {"never-ready", {"READY"}, {"--ready-within", "1s"}},
        {"loopback", {"ADDRESS"}, {"--for", "300ms"}},
        {"sick", {"HEALTH"}, {"--for", "1500ms"}},
        {"ends", {"STAYS"}, {"--for", "1s"}},
        {"silent", {"LOG"}, {"--for", "300ms"}},
        {"keeps", {"DISK"}, {"--for", "300ms"}},
        {"tells", {"SECRETS"}, {"--for", "300ms"}},
        {"deaf", {"END"}, {"--for", "300ms"}},
        {"bad-code", {"END"}, {"--for", "300ms"}},
        {"drops",
         {"ROLLS"},
         {"--rolls", "2", "--every", "500ms", "--rate", "50", "--path", "/work"}},
        {"eats", {"MEMORY"}, {"--for", "800ms"}},
    };
    return all;
}

INSTANTIATE_TEST_SUITE_P(All, PlatformFault, testing::ValuesIn(faults()), [](const auto& one) {
    auto name = one.param.name;
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(PlatformRun, refuses_what_it_cannot_do) {
    for (const Words& flags :
         {Words{"--as", "heroku"}, Words{"--as", "fly", "--signal", "SIGKILL"},
          Words{"--as", "fly", "--health", "readyz"}, Words{"--as", "fly", "--kill-timeout", "5"},
          Words{"--as", "fly", "--config", "/nowhere"}}) {
        Words words{"platform", "run"};
        words.insert(words.end(), flags.begin(), flags.end());
        words.insert(words.end(), {"--", SERVICE_PROGRAM});
        EXPECT_EQ(apilab(words).code, 2) << flags.back();
    }
    EXPECT_EQ(apilab({"platform", "run", "--as", "fly", "--", "/nowhere/program"}).code, 2);
}

TEST(PlatformRun, takes_what_the_shipped_files_say) {
    for (const char* as : {"fly", "railway"}) {
        const auto ended = apilab({"platform", "run", "--as", as, "--config",
                                   std::string(APILAB_SOURCE_DIR) + "/deploy", "--for", "200ms",
                                   "--", SERVICE_PROGRAM});
        EXPECT_THAT(ended.out, HasSubstr(std::string(as) == "fly" ? "SIGTERM within 1 m"
                                                                  : "SIGTERM within 30 s"));
        EXPECT_THAT(ended.out, HasSubstr("a volume"));
    }
}

}  // namespace
}  // namespace apilab::cli_test

namespace apilab::cli::platform {
namespace {

TEST(Contract, has_twelve_checks_that_are_unknown_before_anything_ran) {
    const auto checks = judge({});
    EXPECT_EQ(checks.size(), 12U);
    for (const auto& check : checks) {
        EXPECT_EQ(check.verdict, Verdict::unknown) << check.id;
    }
}

}  // namespace
}  // namespace apilab::cli::platform
