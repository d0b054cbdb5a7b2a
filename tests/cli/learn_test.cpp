#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A checkout as small as one can be: two programs, one of them with a starter.
class Learn : public testing::Test {
protected:
    void SetUp() override {
        put("lab", "");
        put("src/exercises/exercise.hpp", "");
        put("src/exercises/not_a_day.cpp", "// nothing\n");
        put("src/exercises/day02_core.cpp", "// Day 2: the core\n//\n// More.\n\nint x;\n");
        put("src/exercises/day02_another.cpp", "// Day 2: another\n");
        put("src/exercises/starters/day02_core.cpp", "// yours\n");
        put("src/exercises/hints/day02_core.toml",
            "symptom = \"one\"\nmechanism = \"two\"\nshape = \"three\"\n");
    }
    void put(std::string_view name, std::string_view text) const {
        std::filesystem::create_directories((dir_.path() / name).parent_path());
        (void)dir_.write(name, text);
    }
    Finished learn(Words words) {
        words.insert(words.begin(), "learn");
        return apilab(words, {}, dir_.path());
    }
    TempDir dir_;
};

TEST_F(Learn, lists_core_programs_first_and_says_what_comes_next) {
    const auto list = learn({"list"});
    EXPECT_EQ(list.code, 0) << list.err;
    EXPECT_LT(list.out.find("day02_core"), list.out.find("day02_another"));
    EXPECT_THAT(list.out, HasSubstr("not started  the core"));
    EXPECT_THAT(list.out, HasSubstr("to read      another"));
    EXPECT_THAT(list.out, HasSubstr("next: ./lab learn start day02_core"));
    EXPECT_THAT(list.out, Not(HasSubstr("not_a_day")));
    EXPECT_THAT(learn({"list", "--json"}).out, HasSubstr(R"("state":"not started")"));
}

TEST_F(Learn, a_day_its_number_and_the_beginning_of_a_name_mean_the_same) {
    for (const auto* word : {"2", "02", "day2", "day02", "day02_core", "day02_c", "core"}) {
        const auto show = learn({"show", word});
        EXPECT_EQ(show.code, 0) << word << show.err;
        EXPECT_THAT(show.out, HasSubstr("Day 2: the core\n\nMore.\n")) << word;
    }
    for (const auto* word : {"3", "day99", "", "nothing", "day02_"}) {
        const auto show = learn({"show", word});
        EXPECT_EQ(show.code, 2) << word;
        EXPECT_THAT(show.err, HasSubstr("a day is 1 to 14 or a program's name; ./lab learn list"))
            << word;
    }
}

TEST_F(Learn, a_word_that_is_no_program_is_answered_with_those_it_may_have_meant) {
    EXPECT_THAT(learn({"show", "day02_croe"}).err, HasSubstr("(day02_core? a day is"));
    put("src/exercises/day02_anode.cpp", "// Day 2: an ode\n");
    EXPECT_THAT(learn({"show", "day02_ano"}).err, HasSubstr("day02_anode or day02_another? a day"));
}

TEST_F(Learn, the_programs_of_a_day_are_in_the_order_of_its_page) {
    put("src/exercises/day02_before.cpp", "// Day 2: before\n");
    put("docs/days/day-02.md", "# Day 2\n\n## `day02_core`\n\n## `day02_before` (extra)\n");
    const auto before = learn({"list"}).out;
    EXPECT_LT(before.find("day02_before"), before.find("day02_another"));
    put("docs/days/day-02.md", "## `day02_core`\n\n## `day02_another`\n\n## `day02_before`\n");
    const auto after = learn({"list"}).out;
    EXPECT_LT(after.find("day02_another"), after.find("day02_before"));
    EXPECT_LT(after.find("day02_core"), after.find("day02_another"));
}

TEST_F(Learn, start_copies_the_starter_and_overwrites_nothing) {
    EXPECT_EQ(learn({"start", "2"}).code, 0);
    const auto mine = dir_.path() / "my" / "day02_core.cpp";
    EXPECT_EQ(read_text(mine), "// yours\n");
    put("my/day02_core.cpp", "// mine\n");
    const auto again = learn({"start", "2"});
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("./lab learn reset day02_core"));
    EXPECT_EQ(read_text(mine), "// mine\n");
    EXPECT_THAT(learn({"list"}).out, HasSubstr("started  the core"));

    EXPECT_EQ(learn({"reset", "2"}).code, 0);
    EXPECT_EQ(read_text(mine), "// yours\n");
    EXPECT_EQ(read_text(dir_.path() / "my" / "day02_core.cpp.1"), "// mine\n");
}

TEST_F(Learn, a_program_without_a_starter_is_there_to_be_read) {
    const auto start = learn({"start", "day02_another"});
    EXPECT_EQ(start.code, 2);
    EXPECT_THAT(start.err, HasSubstr("./lab learn day02_another --compare"));
}

TEST_F(Learn, hints_come_one_at_a_time) {
    EXPECT_THAT(learn({"hint", "2"}).out, Not(HasSubstr("two")));
    EXPECT_THAT(learn({"hint", "2"}).out, HasSubstr("2. two"));
    EXPECT_THAT(learn({"hint", "2"}).out, HasSubstr("3. three"));
    EXPECT_THAT(learn({"hint", "2"}).out, HasSubstr("that was the last one"));
    put("src/exercises/hints/day02_core.toml", "symptom = \"one\"\n");
    EXPECT_THAT(learn({"hint", "2"}).err, HasSubstr("/mechanism is missing"));
}

TEST_F(Learn, hints_begin_with_what_fails_now_and_what_that_means_here) {
    put("my/day02_core.cpp", "// mine\n");
    put("src/exercises/hints/day02_core.toml",
        "symptom = \"one\"\nmechanism = \"two\"\nshape = \"three\"\n[checks]\nRTY-03 = \"asked too "
        "often\"\n");
    put(".apilab/learn/day02_core.cpp", "// mine\n");
    put(".apilab/learn/day02_core.toml", "");
    put(".apilab/learn/day02_core.ndjson",
        R"({"runs":[{"status":"fail","seed":7,"checks":[)"
        R"({"id":"RTY-03","status":"fail","decides":true,"message":"m","rows":[3]},)"
        R"({"id":"RTY-04","status":"fail","decides":true,"message":"n"}]}]})");
    const auto hint = learn({"hint", "2"});
    EXPECT_THAT(hint.out, HasSubstr("now RTY-03: m (seed 7, rows 3)\n  asked too often\n"));
    EXPECT_THAT(hint.out, HasSubstr("its rows: ./lab learn check day02_core -- --show-attempts"));
    EXPECT_LT(hint.out.find("asked too often"), hint.out.find("1. one"));
    const auto told = boost::json::parse(learn({"hint", "2", "--json"}).out);
    EXPECT_EQ(told.at_pointer("/version"), 1);
    EXPECT_EQ(told.at_pointer("/failed/0/check"), "RTY-03");
    EXPECT_EQ(told.at_pointer("/failed/0/rows/0"), 3);
    EXPECT_EQ(told.at_pointer("/failed/0/hint"), "asked too often");
    // Of what the hints do not know, what everybody's page says.
    EXPECT_GT(told.at_pointer("/failed/1/hint").as_string().size(), 20U);
    EXPECT_GT(told.at_pointer("/failed/1/explained/why").as_string().size(), 20U);
    EXPECT_EQ(told.at_pointer("/failed/1/command"), "apilab explain RTY-04");
    EXPECT_EQ(told.at_pointer("/hint/next_step"), "shape");
    EXPECT_EQ(told.at_pointer("/hints").as_array().size(), 2U);
    EXPECT_EQ(told.at_pointer("/next"), "./lab learn hint day02_core");
    EXPECT_EQ(told.at_pointer("/mine"), "my/day02_core.cpp");
}

TEST_F(Learn, a_hint_says_what_was_not_put_to_the_test_and_why_a_run_does_not_count) {
    put("my/day02_core.cpp", "// mine\n");
    put(".apilab/learn/day02_core.cpp", "// mine\n");
    put(".apilab/learn/day02_core.toml", "");
    put(".apilab/learn/day02_core.ndjson",
        R"({"runs":[{"status":"unknown","seed":7,"checks":[)"
        R"({"id":"DUR-01","status":"unknown","decides":true,"message":"m"},)"
        R"({"id":"WHK-01","status":"pass","decides":true,"message":"n"}]}]})");
    EXPECT_THAT(learn({"hint", "2"}).out,
                HasSubstr("now unknown: what DUR-01 would look at never happened\n"
                          "  what did: ./lab learn check day02_core -- --show-attempts\n\n1. one"));
    EXPECT_THAT(learn({"show", "2"}).out,
                HasSubstr("yours      my/day02_core.cpp\nread       src/"));
    put(".apilab/learn/day02_core.ndjson", R"({"refused":"it handed over no run"})");
    const auto hint = learn({"hint", "2"});
    EXPECT_THAT(hint.out,
                HasSubstr("the last run was not judged: it handed over no run\n\n1. one"));
    EXPECT_THAT(hint.out, Not(HasSubstr("now unknown")));
}

TEST_F(Learn, a_check_without_rows_is_not_looked_for_among_the_requests) {
    put("my/day02_core.cpp", "// mine\n");
    put(".apilab/learn/day02_core.cpp", "// mine\n");
    put(".apilab/learn/day02_core.toml", "");
    put(".apilab/learn/day02_core.ndjson",
        R"({"runs":[{"status":"fail","seed":7,"checks":[)"
        R"({"id":"TST-02","status":"fail","decides":true,"message":"m"}]}]})");
    EXPECT_THAT(learn({"hint", "2"}).out,
                HasSubstr("that run again: ./lab learn check day02_core -- --seed 7\n"));
}

TEST_F(Learn, of_what_has_no_starter_the_hint_is_what_to_read) {
    const auto hint = learn({"hint", "day02_another"});
    EXPECT_EQ(hint.code, 0) << hint.err;
    EXPECT_THAT(hint.out, HasSubstr("read       src/exercises/day02_another.cpp"));
    EXPECT_THAT(hint.out, HasSubstr("./lab learn day02_another --compare"));
}

TEST_F(Learn, the_list_tells_a_tutor_where_the_learner_is) {
    auto told = boost::json::parse(learn({"list", "--json"}).out);
    EXPECT_EQ(told.at_pointer("/next"), "./lab learn tour");
    put("my/day02_core.cpp", "// mine\n");
    told = boost::json::parse(learn({"list", "--json"}).out);
    EXPECT_EQ(told.at_pointer("/here"), "day02_core");
    EXPECT_EQ(told.at_pointer("/next"), "./lab learn check day02_core");
    EXPECT_EQ(told.at_pointer("/done"), 0);
    EXPECT_EQ(told.at_pointer("/of"), 1);
    EXPECT_EQ(told.at_pointer("/lessons/0/state"), "started");
}

TEST_F(Learn, the_tour_ticks_off_what_was_done) {
    EXPECT_THAT(learn({"list"}).out, HasSubstr("never been here? ./lab learn tour"));
    EXPECT_THAT(learn({"tour"}).out, HasSubstr("3. ./lab learn start 1\n"));
    EXPECT_EQ(learn({"start", "2"}).code, 0);
    EXPECT_THAT(learn({"tour"}).out, HasSubstr("3. ./lab learn start 1  (done)\n"));
    EXPECT_THAT(learn({"tour"}).out, HasSubstr("6. ./lab learn next\n"));
    EXPECT_THAT(learn({"list"}).out, Not(HasSubstr("never been here")));
}

TEST_F(Learn, a_project_of_ones_own_needs_no_checkout_and_overwrites_nothing) {
    const TempDir nowhere;
    const auto made = apilab({"learn", "new", "my-shop"}, {}, nowhere.path());
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(read_text(nowhere.path() / "my-shop" / "CMakeLists.txt"),
                HasSubstr("find_package(apilab"));
    const auto again = apilab({"learn", "new", "my-shop"}, {}, nowhere.path());
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("my-shop/CMakeLists.txt is already there"));
    EXPECT_EQ(apilab({"learn", "new", "../out"}, {}, nowhere.path()).code, 2);
    EXPECT_EQ(apilab({"learn", "new", "a", "--folder", "b/c"}, {}, nowhere.path()).code, 0);
    EXPECT_TRUE(std::filesystem::exists(nowhere.path() / "b/c/.env.example"));
}

TEST_F(Learn, the_state_is_derived_from_the_last_run_and_from_what_it_judged) {
    put("my/day02_core.cpp", "// mine\n");
    put("scenarios/s.toml", "# s\n");
    const auto run = [&](std::string_view status) {
        put(".apilab/learn/day02_core.ndjson",
            R"({"runs":[{"status":"pass","scenario":"s"},{"status":")" + std::string(status) +
                R"(","checks":[{"id":"X-1","status":"fail","decides":true,"message":"m"}]}]})" +
                "\n");
        put(".apilab/learn/day02_core.cpp", "// mine\n");
        put(".apilab/learn/day02_core.toml", "# s\n");
    };
    run("fail");
    EXPECT_THAT(learn({"list"}).out, HasSubstr("failing  the core"));
    EXPECT_THAT(learn({"show", "2"}).out, HasSubstr("failed     X-1: m"));
    run("unknown");
    EXPECT_THAT(learn({"list"}).out, HasSubstr("failing  the core"));
    run("pass");
    EXPECT_THAT(learn({"list"}).out, HasSubstr("done     the core"));
    EXPECT_THAT(learn({"next"}).out, HasSubstr("every program is done"));
    put("scenarios/s.toml", "# another\n");
    EXPECT_THAT(learn({"list"}).out, HasSubstr("stale    the core")) << "the judge has changed";
    run("pass");
    put("scenarios/s.toml", "# s\n");
    put("my/day02_core.cpp", "// changed\n");
    EXPECT_THAT(learn({"list"}).out, HasSubstr("stale    the core"));
}

TEST_F(Learn, check_and_watch_say_where_to_begin) {
    for (const auto* word : {"check", "watch"}) {
        const auto ended = learn({word});
        EXPECT_EQ(ended.code, 2) << word;
        EXPECT_THAT(ended.err, HasSubstr("./lab learn start day02_core")) << word;
    }
}

TEST_F(Learn, a_program_that_names_no_scenario_cannot_be_judged_and_that_is_said) {
    put("my/day02_core.cpp", "// mine\n");
    const auto ended = learn({"check", "2"});
    EXPECT_EQ(ended.code, 2) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("day02_core.cpp names no scenario"));
}

// `check` reads the name from the source: a constant in its place is not found.
TEST(LearnHere, every_program_of_the_path_names_its_scenario) {
    const std::filesystem::path checkout = APILAB_SOURCE_DIR;
    const auto list = apilab({"learn", "list", "--json"}, {}, checkout);
    ASSERT_EQ(list.code, 0) << list.err;
    const auto told = boost::json::parse(list.out);
    EXPECT_GE(told.at_pointer("/of").as_int64(), 14);
    for (const auto& lesson : told.at_pointer("/lessons").as_array()) {
        const std::string scenario(lesson.at("scenario").as_string());
        EXPECT_TRUE(std::filesystem::exists(checkout / "scenarios" / (scenario + ".toml")))
            << lesson.at("name") << " names '" << scenario << "'";
    }
}

TEST(LearnElsewhere, outside_of_a_checkout_it_says_so) {
    const TempDir nowhere;
    const auto list = apilab({"learn", "list"}, {}, nowhere.path());
    EXPECT_EQ(list.code, 2);
    EXPECT_THAT(list.err, HasSubstr("./lab"));
}

}  // namespace
}  // namespace apilab::cli_test
