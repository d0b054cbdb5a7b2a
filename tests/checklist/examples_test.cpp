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
    const auto ended = program.wait(std::chrono::seconds(200));
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

TEST(ChecklistExamples, radar_passes_nearly_all_that_can_be_seen) {
    const auto radar = fill_in("radar");
    const std::set<std::string> fails = {};
    EXPECT_THAT(radar.in("fail"), UnorderedElementsAreArray(fails)) << radar.why(radar.in("fail"));
    EXPECT_GE(radar.in("pass").size(), 70U) << radar.why(radar.in("untested"));
}

TEST(ChecklistExamples, what_was_written_in_a_hurry_passes_about_a_third) {
    const auto naive = fill_in("naive_service");
    const std::set<std::string> fails = {};
    EXPECT_THAT(naive.in("fail"), UnorderedElementsAreArray(fails)) << naive.why(naive.in("fail"));
    EXPECT_GE(naive.in("pass").size(), 24U) << naive.why(naive.in("untested"));
    EXPECT_LE(naive.in("pass").size(), 36U) << naive.why(naive.in("pass"));
}

}  // namespace
}  // namespace apilab::cli_test
