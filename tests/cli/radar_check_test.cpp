// `radar check` against a running sandbox, both as processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdint>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

Words keys_of(const boost::json::value& value) {
    Words keys;
    for (const auto& [key, ignored] : value.as_object()) {
        keys.emplace_back(key);
    }
    return keys;
}

TEST(RadarCheck, text_from_a_sandbox_is_headed_simulated_and_has_no_colour) {
    RunningSandbox sandbox;
    const auto ended = apilab({"radar", "check", webshop()}, sandbox.variables());
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, StartsWith("SIMULATED"));
    EXPECT_EQ(ended.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(sandbox.stop().code, 0);
    EXPECT_FALSE(std::filesystem::exists(sandbox.ready_file()));
}

TEST(RadarCheck, json_has_its_keys_in_order_and_points_that_sum_to_the_score) {
    const RunningSandbox sandbox;
    const auto ended = apilab({"radar", "check", webshop(), "--json"}, sandbox.variables());
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto document = boost::json::parse(ended.out);
    EXPECT_THAT(keys_of(document),
                ElementsAre("as_of", "input", "packages", "decisions", "sources", "calls"));
    EXPECT_EQ(document.at("packages").as_int64(), 76);
    const auto& decisions = document.at("decisions").as_array();
    ASSERT_FALSE(decisions.empty());
    for (const auto& decision : decisions) {
        EXPECT_THAT(keys_of(decision),
                    ElementsAre("package", "installed", "direct", "dev", "advisories", "aliases",
                                "candidate", "change", "action", "command", "score", "points",
                                "confidence", "notes"));
        std::int64_t sum = 0;
        for (const auto& point : decision.at("points").as_array()) {
            sum += point.at("points").as_int64();
        }
        EXPECT_EQ(sum, decision.at("score").as_int64()) << decision.at("package");
    }
}

TEST(RadarCheck, flags_limit_the_list_and_decide_the_exit_code) {
    const RunningSandbox sandbox;
    const auto ended = apilab({"radar", "check", webshop(), webshop(), "--json", "--limit", "1",
                               "--as-of", "2020-01-01", "--fail-on", "critical"},
                              sandbox.variables());
    EXPECT_EQ(ended.code, 6) << ended.err;
    const auto documents = boost::json::parse(ended.out).as_array();
    ASSERT_EQ(documents.size(), 2U);
    for (const auto& document : documents) {
        EXPECT_EQ(document.at("decisions").as_array().size(), 1U);
        EXPECT_THAT(std::string(document.at("as_of").as_string()), StartsWith("2020-01-01T"));
    }
}

}  // namespace
}  // namespace apilab::cli_test
