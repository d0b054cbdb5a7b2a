// The whole list over the two services of examples/, each run as a process against the sandbox: a
// good one passes nearly all, a hurried one about a third. What fails is named, so that a change of
// either, or of a rule, is seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::UnorderedElementsAreArray;

struct Filled {
    std::map<std::string, std::string> states;
    std::map<std::string, std::string> sentences;
    std::string said;

    [[nodiscard]] std::set<std::string> in(std::string_view state) const {
        std::set<std::string> ids;
        for (const auto& [id, its] : states) {
            if (its == state) {
                ids.insert(id);
            }
        }
        return ids;
    }
    [[nodiscard]] std::string why(const std::set<std::string>& ids) const {
        std::string text = said + "\n";
        for (const auto& id : ids) {
            text += id + ": " + sentences.at(id) + "\n";
        }
        return text;
    }
};

Filled fill_in(const std::string& example) {
    const TempDir kept;
    Program program({apilab_path(), "checklist", "run", "--json", "--keep", kept.path().string(),
                     "--against", std::string(APILAB_SOURCE_DIR) + "/examples/" + example},
                    {{"PATH", "/usr/bin:/bin"}}, kept.path());
    const auto ended = program.wait(std::chrono::seconds(300));
    Filled filled;
    const auto report = boost::json::parse(ended.out.empty() ? "null" : ended.out);
    if (!report.is_object()) {
        ADD_FAILURE() << ended.err;
        return filled;
    }
    filled.said = report.at("summary").at("sentence").as_string();
    for (const auto& episode : report.at("episodes").as_array()) {
        EXPECT_EQ(episode.at("trouble").as_string(), "") << boost::json::serialize(episode);
    }
    for (const auto& item : report.at("items").as_array()) {
        const std::string id(item.at("id").as_string());
        filled.states[id] = item.at("state").as_string();
        filled.sentences[id] = item.at("sentence").as_string();
    }
    std::printf("%s: %s\n", example.c_str(), filled.said.c_str());
    return filled;
}

// What depends on the moment rather than on the service: which request of a call a fault met (C11),
// what was under way when it was killed (D08, F01, H04), how far a hurried program came before its
// consent was taken back or its queue was full (F06, F09, H07), and how soon a starved machine
// starts a program (K06). They may pass or fail here; their rules have tests without a clock. The
// others came out the same in five runs of both on a machine with six times more to do than cores.
const std::set<std::string>& of_time() {
    static const std::set<std::string> all{"C11", "D08", "F01", "F06", "F09", "H04", "H07", "K06"};
    return all;
}

std::set<std::string> without(std::set<std::string> ids, const std::set<std::string>& others) {
    std::erase_if(ids, [&](const std::string& id) { return others.contains(id); });
    return ids;
}

TEST(ChecklistExamples, radar_passes_nearly_all_that_can_be_seen) {
    const auto radar = fill_in("radar");
    const auto failed = without(radar.in("fail"), of_time());
    // Nobody has measured its percentiles.
    const std::set<std::string> fails = {"B05"};
    EXPECT_THAT(failed, UnorderedElementsAreArray(fails)) << radar.why(radar.in("fail"));
    EXPECT_GE(without(radar.in("pass"), of_time()).size(), 74U) << radar.why(radar.in("untested"));
}

TEST(ChecklistExamples, what_was_written_in_a_hurry_passes_about_a_third) {
    const auto naive = fill_in("naive_service");
    const auto failed = without(naive.in("fail"), of_time());
    const std::set<std::string> fails = {
        "B02", "B03", "B04", "B05", "B07", "B08", "B10", "B13", "C01", "C02", "C03", "C05", "C08",
        "C10", "C12", "D01", "D02", "D04", "D07", "E02", "E03", "E04", "E08", "F03", "F04", "G01",
        "G04", "G05", "H01", "H02", "H03", "H05", "H10", "H11", "H12", "H13", "I01", "I02", "I03",
        "I04", "J01", "J02", "J03", "J04", "J05", "J06", "J07", "K01", "K04", "K05"};
    EXPECT_THAT(failed, UnorderedElementsAreArray(fails)) << naive.why(naive.in("fail"));
    const auto passed = without(naive.in("pass"), of_time());
    EXPECT_GE(passed.size(), 23U) << naive.why(naive.in("untested"));
    EXPECT_LE(passed.size(), 30U) << naive.why(naive.in("pass"));
}

}  // namespace
}  // namespace apilab::cli_test
