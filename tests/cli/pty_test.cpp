// The program as a person has it: on a terminal of some width, with Ctrl-C. And as a script has it.
#include "pty.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <set>
#include <sstream>

#include "echo_server.hpp"

namespace apilab::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view ctrl_c = "\x03";
constexpr std::string_view escape = "\x1b";

// Written apart from the program's own counting: escape sequences take no room, and neither do
// the bytes behind the first of a character.
std::size_t columns(std::string_view line) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\x1b') {
            while (++i < line.size() && std::isalpha(static_cast<unsigned char>(line[i])) == 0) {
            }
        } else if ((static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U) {
            ++count;
        }
    }
    return count;
}

class OnATerminal : public testing::Test {
protected:
    OnATerminal() {
        for (const char* path : {"/first", "/second/with/a/rather/long/path?and=a&query=too"}) {
            const auto ended =
                apilab({"call", echo.url(path), "--session", "me", "X-A:1"}, variables, dir.path());
            EXPECT_EQ(ended.code, 0) << ended.err;
        }
    }
    TempDir dir;
    EchoServer echo{[](const http::Request&) {
        return http::Response(200, "{\"a\":1}")
            .header("content-type", "application/json")
            .header("set-cookie", "sid=1; Path=/");
    }};
    Variables variables{{"HOME", dir.path().string()}};

    // What is set out in columns.
    [[nodiscard]] std::vector<Words> with_tables() const {
        return {
            {"trace", "list"},
            {"trace", "show", "last"},
            {"call", echo.url("/a/path/that/is/longer/than/forty/columns"), "-p", "b", "--timing"},
            {"session", "list"},
            {"session", "show", "127.0.0.1", "me"},
            {"secrets", "check"},
            {"secrets", "where", "APILAB_GITHUB_TOKEN"},
            {"sandbox", "scenario", "list"},
            {"sandbox", "checks"},
            {"checklist", "list"},
            {"explain"},
            {"explain", "exit-codes"},
            {"explain", "RL-01"},
            {"help"},
            {"help", "call"},
            {"radar", "check", "--help"}};
    }
};

TEST_F(OnATerminal, there_is_colour_and_nowhere_else) {
    const Words words{"call", echo.url()};
    EXPECT_THAT(on_terminal(words, variables), HasSubstr(escape));
    EXPECT_THAT(on_terminal({"trace", "show", "last"}, variables), HasSubstr(escape));
    EXPECT_THAT(apilab(words, variables).out, Not(HasSubstr(escape)));
    auto plain = variables;
    plain["NO_COLOR"] = "1";
    EXPECT_THAT(on_terminal(words, plain), Not(HasSubstr(escape)));
    plain = variables;
    plain["TERM"] = "dumb";
    EXPECT_THAT(on_terminal(words, plain), Not(HasSubstr(escape)));
}

TEST_F(OnATerminal, colour_is_always_or_never_where_that_is_said) {
    const Words never{"call", echo.url(), "--color", "never"};
    EXPECT_THAT(on_terminal(never, variables), Not(HasSubstr(escape)));
    const Words always{"call", echo.url(), "--color", "always"};
    auto plain = variables;
    plain["NO_COLOR"] = "1";
    EXPECT_THAT(on_terminal(always, plain), HasSubstr(escape));
    const auto shown = apilab({"trace", "show", "last", "--color", "always"}, variables);
    EXPECT_THAT(shown.out, HasSubstr(escape));
}

TEST_F(OnATerminal, no_line_is_wider_than_it) {
    for (const unsigned short width : {40, 80, 120, 200}) {
        for (const auto& words : with_tables()) {
            std::istringstream shown(on_terminal(words, variables, {.columns = width}, dir.path()));
            int lines = 0;
            for (std::string line; std::getline(shown, line); ++lines) {
                // A command line of an example stays whole: it is there to be copied.
                EXPECT_TRUE(columns(line) <= width || line.starts_with("  apilab "))
                    << testing::PrintToString(words) << "\n"
                    << line;
            }
            EXPECT_GT(lines, 0) << testing::PrintToString(words);
        }
    }
}

TEST_F(OnATerminal, a_narrow_list_loses_no_call) {
    for (const unsigned short width : {40, 200}) {
        const auto shown = on_terminal({"trace", "list"}, variables, {.columns = width});
        EXPECT_THAT(shown, AllOf(HasSubstr("/first"), HasSubstr("t-")));
    }
}

TEST_F(OnATerminal, progress_is_on_standard_error_and_gone_at_the_end) {
    const RunningSandbox sandbox;
    const Words words{apilab_path(), "pages",
                      sandbox.variables().at("APILAB_API_URL") + "/items/cursor?limit=40"};
    PtyProgram program(words, variables, {.streams = OnTerminal::only_err});
    const auto ended = program.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("\r\x1b[Kitems "), HasSubstr("complete: 160 items")));
    EXPECT_THAT(ended.out, Not(HasSubstr(escape)));
    EXPECT_EQ(std::ranges::count(ended.out, '\n'), 160);
    const auto piped = Program(words, variables).wait();
    EXPECT_EQ(piped.out, ended.out);
    EXPECT_THAT(piped.err, AllOf(Not(HasSubstr(escape)), Not(HasSubstr("\r"))));
}

TEST_F(OnATerminal, piped_output_has_no_escape_codes_and_is_the_same_twice) {
    for (const auto& words : with_tables()) {
        if (words.front() == "call") {
            continue;  // it has another time each time, and is kept
        }
        const auto once = apilab(words, variables, dir.path());
        const auto again = apilab(words, variables, dir.path());
        EXPECT_THAT(once.out + once.err, Not(HasSubstr(escape))) << testing::PrintToString(words);
        EXPECT_EQ(once.out, again.out) << testing::PrintToString(words);
        EXPECT_EQ(once.err, again.err) << testing::PrintToString(words);
    }
}

class CtrlC : public testing::Test {
protected:
    void world(const std::string& when) {
        sandbox = std::make_unique<RunningSandbox>(
            Words{"--scenario", dir.write("faults.toml",
                                          "name = \"x\"\n[[fault]]\nwhere = \"*:*\"\n"
                                          "what = { delay = \"60s\" }\n" +
                                              when)});
        variables = sandbox->variables();
        variables["HOME"] = dir.path().string();
    }
    // Has a request arrived?
    void wait_for_requests(std::ptrdiff_t wanted) const {
        const auto last = std::chrono::steady_clock::now() + 20s;
        const Words journal{"sandbox", "journal", "--ready-file", sandbox->ready_file().string()};
        while (std::ranges::count(apilab(journal).out, '\n') < wanted) {
            ASSERT_LT(std::chrono::steady_clock::now(), last) << "no request arrived";
        }
    }
    TempDir dir;
    std::unique_ptr<RunningSandbox> sandbox;
    Variables variables;
};

TEST_F(CtrlC, ends_a_call_that_hangs_and_what_happened_can_be_read) {
    world("");
    PtyProgram program({apilab_path(), "call", "npm:/lodash"}, variables);
    wait_for_requests(1);
    program.type(ctrl_c);
    const auto ended = program.wait(10s);
    EXPECT_EQ(ended.code, 130);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("interrupted: ending the call"),
                                 HasSubstr("apilab trace show t-")));
    const auto list = apilab({"trace", "list", "--json"}, variables);
    EXPECT_THAT(list.out, HasSubstr(R"("url_template":"/npm/lodash")"));
    const auto why = apilab({"trace", "why", "last"}, variables);
    EXPECT_EQ(why.code, 0) << why.err;
}

TEST_F(CtrlC, ends_a_walk_that_goes_on_from_its_checkpoint) {
    world("when = { nth = 3 }\n");
    const auto items = (dir.path() / "items.ndjson").string();
    const Words words{apilab_path(),
                      "pages",
                      variables.at("APILAB_API_URL") + "/items/cursor?limit=40",
                      "--checkpoint",
                      (dir.path() / "walk.json").string(),
                      "--output",
                      items,
                      "--prefetch",
                      "0"};
    PtyProgram program(words, variables);
    wait_for_requests(3);
    program.type(ctrl_c);
    const auto ended = program.wait(10s);
    EXPECT_EQ(ended.code, 130) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("the same command goes on from there"));
    const auto half = std::ranges::count(read_text(items), '\n');
    EXPECT_GT(half, 0);
    EXPECT_LT(half, 160);
    const auto rest = Program(words, variables).wait();
    EXPECT_EQ(rest.code, 0) << rest.err;
    std::istringstream lines(read_text(items));
    std::set<std::string> different;
    int all = 0;
    for (std::string line; std::getline(lines, line); ++all) {
        different.insert(line);
    }
    EXPECT_EQ(all, 160);
    EXPECT_EQ(different.size(), 160U);
}

// Serving until Ctrl-C is what was asked for: no failure.
TEST_F(CtrlC, ends_a_sandbox_as_it_was_meant_to) {
    const auto ready = dir.path() / "ready.json";
    PtyProgram program({apilab_path(), "sandbox", "serve", "--port", "0", "--admin-port", "0",
                        "--ready-file", ready.string()},
                       {}, {}, dir.path());
    const auto last = std::chrono::steady_clock::now() + 20s;
    while (!std::filesystem::exists(ready) && std::chrono::steady_clock::now() < last) {
        (void)program.shows("never shown", 0s);
    }
    program.type(ctrl_c);
    EXPECT_EQ(program.wait(10s).code, 0);
    EXPECT_FALSE(std::filesystem::exists(ready));
}

TEST_F(CtrlC, ends_following_the_list_of_calls) {
    const EchoServer echo;
    variables["HOME"] = dir.path().string();
    ASSERT_EQ(apilab({"call", echo.url("/one")}, variables).code, 0);
    PtyProgram program({apilab_path(), "trace", "list", "--follow"}, variables, {.columns = 200});
    EXPECT_TRUE(program.shows("/one"));
    ASSERT_EQ(apilab({"call", echo.url("/two")}, variables).code, 0);
    EXPECT_TRUE(program.shows("/two"));
    program.type(ctrl_c);
    EXPECT_EQ(program.wait(10s).code, 130);
    EXPECT_EQ(apilab({"trace", "show", "last"}, variables).code, 0);
}

}  // namespace
}  // namespace apilab::cli_test
