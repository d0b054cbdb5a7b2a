// `apilab pages` against a running sandbox, both as processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <csignal>
#include <set>
#include <sstream>

#include "page_kills.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Words lines_of(const std::string& text) {
    Words lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::string list_of(const RunningSandbox& sandbox, const std::string& kind,
                    const std::string& query = "limit=40") {
    return sandbox.variables().at("APILAB_API_URL") + "/items/" + kind + "?" + query;
}

RunningSandbox with_fault(const TempDir& dir, const std::string& what) {
    return RunningSandbox({"--scenario", dir.write("faults.toml",
                                                   "name = \"x\"\n[[fault]]\nwhere = \"api:*\"\n"
                                                   "what = { " +
                                                       what + " }\n")});
}

TEST(Pages, every_kind_gives_every_item_once_found_out_or_told) {
    const RunningSandbox sandbox;
    for (const std::string kind : {"link", "next", "cursor", "page", "offset"}) {
        for (const std::string told : {"auto", kind.c_str()}) {
            const auto ended = apilab({"pages", list_of(sandbox, kind), "--kind", told});
            EXPECT_EQ(ended.code, 0) << kind << told << ended.err;
            const auto lines = lines_of(ended.out);
            EXPECT_THAT(lines, SizeIs(160)) << kind << told;
            EXPECT_THAT(std::set(lines.begin(), lines.end()), SizeIs(160)) << kind << told;
            EXPECT_THAT(ended.err, HasSubstr("complete: 160 items on ")) << kind << told;
        }
    }
}

TEST(Pages, pages_asked_for_ahead_give_the_same_items_in_the_same_order) {
    const RunningSandbox sandbox;
    for (const std::string kind : {"link", "cursor", "offset"}) {
        const Words words = {"pages", list_of(sandbox, kind), "--kind", kind, "--quiet"};
        auto ahead = words;
        ahead.insert(ahead.end(), {"--prefetch", "4"});
        EXPECT_EQ(apilab(ahead).out, apilab(words).out) << kind;
    }
}

TEST(Pages, pass_before_the_judge_on_every_fault_of_the_scenario) {
    std::string script;
    for (const std::string kind : {"link", "next", "cursor", "page", "offset"}) {
        script += apilab_path() + " pages \"$APILAB_API_URL/items/" + kind +
                  "?limit=60\" --key /id --kind " + kind + " >/dev/null || true; ";
    }
    const auto ended =
        apilab({"sandbox", "run", "--scenario", "pages", "--", "/bin/sh", "-c", script});
    EXPECT_EQ(ended.code, 0) << ended.out.substr(ended.out.size() -
                                                 std::min<std::size_t>(ended.out.size(), 3000))
                             << ended.err;
    for (const auto* check : {"PAG-01", "PAG-02", "PAG-03", "PAG-04", "PAG-05"}) {
        EXPECT_THAT(ended.out, ContainsRegex("pass +[a-z]+ +" + std::string(check))) << check;
    }
}

TEST(Pages, a_limit_ends_it_and_json_ends_with_the_result) {
    const RunningSandbox sandbox;
    const auto ended =
        apilab({"pages", list_of(sandbox, "cursor"), "--limit", "50", "--json", "--quiet"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
    const auto lines = lines_of(ended.out);
    ASSERT_THAT(lines, SizeIs(51));
    const auto result = boost::json::parse(lines.back());
    EXPECT_EQ(result.at("type").as_string(), "result");
    EXPECT_EQ(result.at("end").as_string(), "capped");
    EXPECT_EQ(result.at("items").to_number<int>(), 50);
    EXPECT_EQ(result.at("requests").to_number<int>(), 2);
    const auto pages = apilab({"pages", list_of(sandbox, "link"), "--pages", "1"});
    EXPECT_THAT(lines_of(pages.out), SizeIs(40));
}

TEST(Pages, what_is_not_the_whole_list_is_said_and_has_its_exit_code) {
    const TempDir dir;
    const auto circle = with_fault(dir, "page = \"cycle\"");
    const auto ended = apilab({"pages", list_of(circle, "cursor"), "--key", "/id"});
    EXPECT_EQ(ended.code, 1) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("this is not the whole list"));
    EXPECT_THAT(lines_of(ended.out), SizeIs(120));
}

TEST(Pages, items_that_stand_on_two_pages_come_once_by_their_key) {
    const TempDir dir;
    const auto moving = with_fault(dir, "page = \"moving\"");
    EXPECT_THAT(lines_of(apilab({"pages", list_of(moving, "link")}).out), SizeIs(163));
    EXPECT_THAT(lines_of(apilab({"pages", list_of(moving, "link"), "--key", "/id"}).out),
                SizeIs(160));
}

TEST(Pages, secrets_come_by_their_place_and_never_stand_in_the_command) {
    const RunningSandbox sandbox;
    const auto url = list_of(sandbox, "link");
    const Variables variables{{"TOKEN", "api_bearer_stub"}, {"WRONG", "nonsense-token"}};
    EXPECT_EQ(apilab({"pages", url, "--token", "env:TOKEN"}, variables).code, 0);
    EXPECT_NE(apilab({"pages", url, "--token", "env:WRONG"}, variables).code, 0);
    EXPECT_EQ(apilab({"pages", url, "--header", "authorization: env:WRONG"}, variables).code,
              apilab({"pages", url, "--token", "env:WRONG"}, variables).code);
    const auto bare = apilab({"pages", url, "--header", "x-api-key: api_stub"});
    EXPECT_EQ(bare.code, 2);
    EXPECT_THAT(bare.err, HasSubstr("env:NAME"));
    EXPECT_EQ(apilab({"pages", url, "--token", "api_bearer_stub"}).code, 2);
    EXPECT_EQ(apilab({"pages", url, "--items", "/x"}).code, 2);
}

TEST(Pages, a_reader_that_had_enough_ends_it_quietly) {
    const RunningSandbox sandbox;
    const auto ended =
        Program({"/bin/bash", "-c",
                 "set -o pipefail; " + apilab_path() + " pages '" +
                     list_of(sandbox, "cursor", "limit=5") + "' | /usr/bin/head -n 3"},
                {})
            .wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
    EXPECT_THAT(lines_of(ended.out), SizeIs(3));
}

class Checkpoints : public ::testing::Test {
protected:
    [[nodiscard]] Words walk(const std::string& url, const Words& more = {}) const {
        Words words = {"pages", url, "--checkpoint", (dir.path() / "walk.json").string()};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    TempDir dir;
};

TEST_F(Checkpoints, a_walk_that_is_over_prints_nothing_again) {
    const RunningSandbox sandbox;
    const auto url = list_of(sandbox, "cursor");
    EXPECT_THAT(lines_of(apilab(walk(url)).out), SizeIs(160));
    const auto again = apilab(walk(url));
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_THAT(again.out, IsEmpty());
}

TEST_F(Checkpoints, belong_to_one_list_and_one_output) {
    const RunningSandbox sandbox;
    EXPECT_EQ(apilab(walk(list_of(sandbox, "cursor"))).code, 0);
    EXPECT_NE(apilab(walk(list_of(sandbox, "next"))).code, 0);
    const auto other =
        apilab(walk(list_of(sandbox, "cursor"), {"--output", (dir.path() / "items").string()}));
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, HasSubstr("belongs to a walk into the standard output"));
}

TEST_F(Checkpoints, an_interruption_is_gone_on_from) {
    const RunningSandbox sandbox({"--scenario", dir.write("slow.toml", R"(
name = "slow"
[[fault]]
where = "api:*"
what = { delay = "20ms" }
)")});
    const auto file = dir.path() / "items.ndjson";
    auto words = walk(list_of(sandbox, "cursor", "limit=2"), {"--output", file.string()});
    words.insert(words.begin(), apilab_path());
    Program program(words, {});
    while (read_text(file).size() < 2000 && !program.ended(std::chrono::milliseconds(2))) {
    }
    program.signal(SIGINT);
    const auto ended = program.wait();
    EXPECT_EQ(ended.code, 130) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("the same command goes on from there"));
    words.erase(words.begin());
    EXPECT_EQ(apilab(words).code, 0);
    const auto lines = lines_of(read_text(file));
    EXPECT_THAT(lines, SizeIs(160));
    EXPECT_THAT(std::set(lines.begin(), lines.end()), SizeIs(160));
}

TEST_F(Checkpoints, survive_kills_at_any_point_with_every_item_once) {
    const auto walk = kill_and_resume(20, 7);
    EXPECT_GE(walk.kills, 15U);
    EXPECT_EQ(walk.code, 0) << walk.err;
    EXPECT_EQ(walk.lines, killed_walk_items);
    EXPECT_EQ(walk.different, killed_walk_items);
    EXPECT_TRUE(walk.in_order);
}

TEST_F(Checkpoints, an_output_shorter_than_the_checkpoint_says_is_refused) {
    const RunningSandbox sandbox;
    const auto file = dir.write("items.ndjson", "");
    const auto url = list_of(sandbox, "cursor");
    EXPECT_EQ(apilab(walk(url, {"--output", file})).code, 0);
    (void)dir.write("items.ndjson", "{}\n");
    const auto ended = apilab(walk(url, {"--output", file}));
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("the checkpoint speaks of"));
}

}  // namespace
}  // namespace apilab::cli_test
