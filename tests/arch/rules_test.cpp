// Every rule is shown to bite: the good example passes, the bad one does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "rules.hpp"

namespace apilab::arch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string first_message(const Violations& violations) {
    return violations.empty() ? std::string("no violation") : violations.front().message;
}

SourceFile including(std::string path, const std::string& header) {
    return {std::move(path), "#pragma once\n#include " + header + "\n"};
}

TEST(IncludeDirection, down_is_allowed_and_up_is_not) {
    EXPECT_THAT(
        check_include_direction(including("src/apilab/http/a.cpp", "\"apilab/base/error.hpp\"")),
        IsEmpty());
    EXPECT_EQ(first_message(check_include_direction(
                  including("src/apilab/base/a.hpp", "\"apilab/http/url.hpp\""))),
              "base must not include http");
    EXPECT_EQ(first_message(check_include_direction(
                  including("src/apilab/policy/a.cpp", "\"apilab/runtime/task.hpp\""))),
              "policy must not include runtime");
}

TEST(IncludeDirection, the_judge_shares_nothing_with_the_client) {
    for (const char* module :
         {"policy", "auth", "client", "provider", "work", "radar", "testing"}) {
        for (const char* judge : {"sandbox", "server"}) {
            EXPECT_THAT(
                check_include_direction(including(std::string("src/apilab/") + judge + "/a.cpp",
                                                  std::string("\"apilab/") + module + "/a.hpp\"")),
                SizeIs(1))
                << judge << " and " << module;
        }
    }
}

TEST(IncludeDirection, nothing_in_the_library_uses_the_testing_kit) {
    EXPECT_THAT(check_include_direction(
                    including("src/apilab/client/a.cpp", "\"apilab/testing/harness.hpp\"")),
                SizeIs(1));
    EXPECT_THAT(check_include_direction(
                    including("src/apilab/client/a_test.cpp", "\"apilab/testing/harness.hpp\"")),
                IsEmpty());
}

TEST(IncludeDirection, an_example_has_nothing_of_ours_and_we_have_nothing_of_it) {
    const std::string naive = "examples/naive_service/a.cpp";
    EXPECT_THAT(check_include_direction(including(naive, "\"naive_service/web.hpp\"")), IsEmpty());
    EXPECT_THAT(check_include_direction(including(naive, "<boost/json.hpp>")), IsEmpty());
    for (const char* ours : {"\"apilab/base/error.hpp\"", "<apilab/base/error.hpp>",
                             "\"checklist/run.hpp\"", "\"other_service/web.hpp\""}) {
        EXPECT_THAT(check_include_direction(including(naive, ours)), SizeIs(1)) << ours;
    }
    for (const char* place : {"src/cli/a.cpp", "src/apilab/base/a.cpp", "tests/checklist/a.cpp"}) {
        EXPECT_THAT(check_include_direction(including(place, "\"naive_service/web.hpp\"")),
                    SizeIs(1))
            << place;
    }
}

TEST(IncludeDirection, internals_are_private_to_their_module_and_to_what_tests_it_from_outside) {
    const std::string header = "\"apilab/runtime/internal/spawn.hpp\"";
    EXPECT_THAT(check_include_direction(including("src/apilab/runtime/a.cpp", header)), IsEmpty());
    EXPECT_THAT(check_include_direction(including("tests/x/a_test.cpp", header)), IsEmpty());
    EXPECT_THAT(check_include_direction(including("fuzz/a_fuzz.cpp", header)), IsEmpty());
    for (const char* path : {"src/apilab/server/a_test.cpp", "src/cli/main.cpp"}) {
        EXPECT_THAT(check_include_direction(including(path, header)), SizeIs(1)) << path;
    }
}

TEST(IncludeDirection, a_module_without_a_place_is_refused) {
    EXPECT_THAT(check_include_direction({"src/apilab/misc/a.cpp", ""}), SizeIs(1));
}

TEST(IncludeDirection, text_in_comments_and_strings_is_no_include) {
    EXPECT_THAT(
        check_include_direction({"src/apilab/base/a.cpp",
                                 "/*\n#include \"apilab/client/a.hpp\"\n*/\n"
                                 "auto s = R\"(\n#include \"apilab/client/a.hpp\"\n)\";\n"}),
        IsEmpty());
}

TEST(DeclaredDepends, obey_the_same_table) {
    const std::string path = "src/apilab/sandbox/CMakeLists.txt";
    EXPECT_THAT(check_declared_depends(
                    {path, "apilab_module(NAME sandbox\n DEPENDS server http base\n LINKS x)"}),
                IsEmpty());
    EXPECT_EQ(first_message(check_declared_depends(
                  {path, "apilab_module(NAME sandbox\n DEPENDS server client\n TESTS x)"})),
              "sandbox must not depend on client");
    EXPECT_THAT(check_declared_depends(
                    {path, "apilab_module(NAME sandbox)\nadd_custom_command(OUTPUT a DEPENDS b)"}),
                IsEmpty());
}

TEST(ThirdParty, headers_stop_where_the_table_says) {
    EXPECT_THAT(check_third_party(including("src/apilab/http/json.cpp", "<simdjson.h>")),
                IsEmpty());
    EXPECT_THAT(check_third_party(including("src/apilab/radar/lockfile.cpp", "<simdjson.h>")),
                SizeIs(1));
    EXPECT_THAT(
        check_third_party(including("src/apilab/transport/a.cpp", "<boost/beast/http/parser.hpp>")),
        IsEmpty());
    EXPECT_THAT(
        check_third_party(including("src/apilab/transport/a.cpp", "<boost/beast/http.hpp>")),
        SizeIs(1));
    EXPECT_THAT(
        check_third_party(including("src/apilab/policy/retry.cpp", "<boost/asio/awaitable.hpp>")),
        SizeIs(1));
    EXPECT_THAT(check_third_party(including("src/apilab/base/a_test.cpp", "<rapidcheck/gtest.h>")),
                IsEmpty());
    EXPECT_THAT(check_third_party(including("src/apilab/base/a.cpp", "<rapidcheck.h>")), SizeIs(1));
}

TEST(ThirdParty, public_headers_pull_in_only_the_standard_library_and_ourselves) {
    EXPECT_THAT(check_third_party(including("src/apilab/base/a.hpp", "<openssl/sha.h>")),
                SizeIs(1));
    EXPECT_THAT(check_third_party(including("src/apilab/base/internal/a.hpp", "<openssl/sha.h>")),
                IsEmpty());
    EXPECT_THAT(check_third_party(including("src/apilab/base/a.cpp", "<openssl/sha.h>")),
                IsEmpty());
    EXPECT_THAT(
        check_third_party(including("src/apilab/transport/a.hpp", "<boost/asio/ip/tcp.hpp>")),
        SizeIs(1));
    EXPECT_THAT(
        check_third_party(including("src/apilab/runtime/a.hpp", "<boost/asio/awaitable.hpp>")),
        IsEmpty());
}

TEST(IncludeStyle, paths_are_full_and_quotes_are_ours) {
    EXPECT_THAT(check_include_style(including("src/apilab/http/a.cpp", "\"apilab/http/a.hpp\"")),
                IsEmpty());
    EXPECT_THAT(check_include_style(including("src/apilab/http/a.cpp", "\"a.hpp\"")), SizeIs(1));
    EXPECT_THAT(check_include_style(including("src/cli/a.cpp", "\"../apilab/http/a.hpp\"")),
                SizeIs(1));
}

TEST(BannedCalls, name_what_to_use_instead) {
    const std::string path = "src/apilab/client/a.cpp";
    EXPECT_THAT(
        first_message(check_banned_calls({path, "auto t = std::chrono::system_clock::now();"})),
        HasSubstr("Clock"));
    EXPECT_THAT(first_message(check_banned_calls({path, "std::cout << x;"})),
                HasSubstr("does not print"));
    EXPECT_THAT(first_message(check_banned_calls({path, "std::printf (x);"})),
                HasSubstr("does not print"));
    EXPECT_THAT(first_message(check_banned_calls({path, "std::exit(1);"})),
                HasSubstr("return an Error"));
    EXPECT_THAT(first_message(check_banned_calls({path, "getenv(\"X\");"})),
                HasSubstr("handed in"));
    EXPECT_THAT(first_message(check_banned_calls({path, "int x = rand();"})), HasSubstr("Rng"));
}

TEST(BannedCalls, members_longer_names_comments_and_strings_are_something_else) {
    EXPECT_THAT(
        check_banned_calls({"src/apilab/client/a.cpp",
                            "loop.exit(); std::snprintf(b, n, f); operand(1); // printf(x)\n"
                            "auto s = \"exit(1)\"; exiting(2); int n = 1'000; p->puts(x);"}),
        IsEmpty());
}

TEST(BannedCalls, programs_and_tests_may_print_but_not_sleep) {
    for (const char* path : {"src/cli/main.cpp", "tests/a.cpp", "src/apilab/base/a_test.cpp",
                             "src/apilab/base/internal/a_test_peer.hpp"}) {
        EXPECT_THAT(check_banned_calls({path, "std::cout << 1; exit(0);"}), IsEmpty()) << path;
        EXPECT_THAT(check_banned_calls({path, "std::this_thread::sleep_for(1s);"}), SizeIs(1))
            << path;
        EXPECT_THAT(check_banned_calls({path, "asio::co_spawn(a, b, c);"}), SizeIs(1)) << path;
    }
}

TEST(BannedCalls, the_one_place_is_excepted) {
    EXPECT_THAT(
        check_banned_calls({"src/apilab/base/clock.cpp", "std::chrono::steady_clock::now();"}),
        IsEmpty());
    EXPECT_THAT(check_banned_calls({"src/apilab/runtime/internal/spawn.cpp", "co_spawn(a);"}),
                IsEmpty());
}

TEST(HostsAndPaths, registries_and_machines_are_named_nowhere) {
    const std::string host =
        std::string("https://registry.npm") + "js.org/left-box; docs.npm" + "js.com";
    EXPECT_THAT(check_hosts_and_paths({"README.md", "see\n" + host}), SizeIs(1));
    EXPECT_EQ(check_hosts_and_paths({"README.md", "see\n" + host}).front().line, 2U);
    EXPECT_THAT(check_hosts_and_paths({"a.cpp", std::string("open(\"/ho") + "me/me/x\")"}),
                SizeIs(1));
    EXPECT_THAT(check_hosts_and_paths({"a.cpp", std::string("open(\"/wo") + "rk/x\")"}), SizeIs(1));
    EXPECT_THAT(
        check_hosts_and_paths({"a.cpp", "\"apilab/work/store.hpp\" http://h/home/x /users/1"}),
        IsEmpty());
}

TEST(Leftovers, words_of_later_are_found_as_words) {
    EXPECT_THAT(check_leftovers({"a.cpp", std::string("// TO") + "DO: later"}), SizeIs(1));
    EXPECT_THAT(check_leftovers({"a.cpp", std::string("# FIX") + "ME"}), SizeIs(1));
    EXPECT_THAT(check_leftovers({"a.cpp", "TODOS and todo are words"}), IsEmpty());
}

std::string function_of(int lines) {
    std::string text = "namespace a {\nclass B {\npublic:\n    int f(int x) const {\n";
    for (int i = 0; i < lines - 2; ++i) {
        text += "        if (x) { x++; }\n";
    }
    return text + "    }\n};\n}\n";
}

TEST(Sizes, a_function_has_at_most_70_lines) {
    EXPECT_THAT(check_sizes({"a.cpp", function_of(70)}), IsEmpty());
    const auto violations = check_sizes({"a.cpp", function_of(71)});
    ASSERT_THAT(violations, SizeIs(1));
    EXPECT_EQ(violations.front().line, 4U);
    EXPECT_THAT(violations.front().message, HasSubstr("71 lines"));
}

TEST(Sizes, a_constructor_is_measured_over_its_initialisers) {
    std::string body = "    ;\n";
    std::string text = "namespace a {\nB::B(int x)\n    : a_{x},\n      b_{x} {\n";
    for (int i = 0; i < 70; ++i) {
        text += body;
    }
    EXPECT_THAT(check_sizes({"a.cpp", text + "}\n}\n"}), SizeIs(1));
}

TEST(Sizes, tables_types_and_neighbours_are_not_functions) {
    std::string table = "#include <a(b)>\nconst int table[] = {\n";
    std::string type = "enum class Kind : int {\n";
    std::string neighbours;
    for (int i = 0; i < 80; ++i) {
        table += "    {1, 2},\n";
        type += "    x" + std::to_string(i) + ",\n";
        neighbours += "int f" + std::to_string(i) + "() { return 0; }\n";
    }
    EXPECT_THAT(check_sizes({"a.cpp", table + "};\n" + type + "};\n" + neighbours}), IsEmpty());
}

TEST(Sizes, a_table_within_a_function_is_data_but_what_follows_counts) {
    std::string table = "TEST(A, b) {\n    const Row rows[] = {\n";
    std::string rest;
    for (int i = 0; i < 80; ++i) {
        table += "        {{1}, {2}},\n";
        rest += "    x();\n";
    }
    EXPECT_THAT(check_sizes({"a.cpp", table + "    };\n}\n"}), IsEmpty());
    EXPECT_THAT(check_sizes({"a.cpp", table + "    };\n" + rest + "}\n"}), SizeIs(1));
}

TEST(Sizes, a_file_has_at_most_600_lines) {
    EXPECT_THAT(check_sizes({"lab", std::string(600, '\n')}), IsEmpty());
    EXPECT_THAT(check_sizes({"lab", std::string(601, '\n')}), SizeIs(1));
}

TEST(ProgramSize, a_core_program_has_at_most_100_lines_and_an_extra_200) {
    auto check = [](std::size_t lines, bool has_starter) {
        return check_program_size({"src/exercises/day01_x.cpp", std::string(lines, '\n')},
                                  has_starter);
    };
    EXPECT_THAT(check(100, true), IsEmpty());
    EXPECT_THAT(first_message(check(101, true)), HasSubstr("a core program has at most 100"));
    EXPECT_THAT(check(200, false), IsEmpty());
    EXPECT_THAT(first_message(check(201, false)), HasSubstr("an extra program has at most 200"));
}

TEST(Listed, a_forgotten_file_is_seen) {
    const auto words =
        cmake_words("x(NAME y SOURCES a.cpp\n internal/b.cpp) # c.cpp\nadd(day01_x)");
    auto check = [&](const std::string& folder, const std::string& path) {
        return check_listed({folder + path, ""}, path, words);
    };
    EXPECT_THAT(check("src/apilab/http/", "a.cpp"), IsEmpty());
    EXPECT_THAT(check("src/apilab/http/", "internal/b.cpp"), IsEmpty());
    EXPECT_THAT(check("src/apilab/http/", "c.cpp"), SizeIs(1));
    EXPECT_THAT(check("src/apilab/http/", "c.hpp"), SizeIs(1));
    EXPECT_THAT(check("src/apilab/http/", "internal/c.hpp"), IsEmpty());
    EXPECT_THAT(check("src/exercises/", "day01_x.cpp"), IsEmpty());
    EXPECT_THAT(check("src/exercises/", "day02_x.cpp"), SizeIs(1));
}

class FakeDocuments final : public Documents {
public:
    explicit FakeDocuments(std::map<std::string, std::string> files) : files_(std::move(files)) {}
    [[nodiscard]] bool exists(const std::string& path) const override {
        return files_.contains(path);
    }
    [[nodiscard]] std::string text(const std::string& path) const override {
        return files_.at(path);
    }

private:
    std::map<std::string, std::string> files_;
};

TEST(Links, lead_to_a_file_and_a_heading) {
    const FakeDocuments documents({{"docs/a.md", "# A\n## What it is\n"}, {"README.md", "# R\n"}});
    auto check = [&](const std::string& text) {
        return check_links({"docs/a.md", text}, documents);
    };
    EXPECT_THAT(check("[r](../README.md) [x](https://example.org/none) [h](a.md#what-it-is)"),
                IsEmpty());
    EXPECT_THAT(check("`[r](none.md)`\n```\n[r](none.md)\n```\n"), IsEmpty());
    EXPECT_THAT(first_message(check("[r](README.md)")), HasSubstr("leads nowhere"));
    EXPECT_THAT(first_message(check("[r](a.md#gone)")), HasSubstr("names no heading"));
    EXPECT_THAT(first_message(check("[r](#gone)")), HasSubstr("names no heading"));
}

TEST(Paths, in_code_quotes_are_there) {
    const FakeDocuments documents({{"src/cli", ""}, {"tests/arch/rules.hpp", ""}});
    auto check = [&](const std::string& text) {
        return check_paths({"docs/a.md", text}, documents);
    };
    EXPECT_THAT(
        check("`src/cli/`, `tests/arch/rules.hpp`, `src/<module>/`, `docs/*.md`, `foo.hpp`"),
        IsEmpty());
    EXPECT_THAT(check("src/gone is no path without quotes, `cd src/gone` is a command"), IsEmpty());
    EXPECT_THAT(check("```\n`src/gone`\n```\n"), IsEmpty());
    EXPECT_THAT(first_message(check("`lab`, `src/gone/`")), HasSubstr("there is no src/gone"));
    EXPECT_THAT(first_message(check("`tests/arch/none.hpp`")), HasSubstr("there is no tests/arch"));
}

TEST(Mutants, break_what_stands_in_their_file_once) {
    const FakeDocuments documents(
        {{"src/a.cpp", "if (x || y) {\n    go();\n}\nstop(); stop();\n"}});
    auto check = [&](const std::string& line) {
        return check_mutants({"tests/mutants/a.txt", "# About a.\n\n" + line + "\n"}, documents);
    };
    EXPECT_THAT(
        check("never goes | src/a.cpp | if (x \\|\\| y) {\\n | if (false) {\\n | test_a | A.b"),
        IsEmpty());
    EXPECT_THAT(first_message(check("gone | src/a.cpp | leave(); | ; | test_a | A.b")),
                HasSubstr("gone: what it breaks stands 0 times in src/a.cpp"));
    EXPECT_THAT(first_message(check("twice | src/a.cpp | stop(); | ; | test_a | A.b")),
                HasSubstr("stands 2 times"));
    EXPECT_THAT(first_message(check("moved | src/b.cpp | stop(); | ; | test_a | A.b")),
                HasSubstr("there is no src/b.cpp"));
    EXPECT_THAT(first_message(check("same | src/a.cpp | go(); | go(); | test_a | A.b")),
                HasSubstr("changes nothing"));
    EXPECT_THAT(first_message(check("half | src/a.cpp | go(); | ;")), HasSubstr("six fields"));
}

TEST(Titles, one_per_document) {
    EXPECT_THAT(check_one_title({"a.md", "# A\n## B\n```\n# shell\n```\n"}), IsEmpty());
    EXPECT_THAT(check_one_title({"a.md", "# A\n# B\n"}), SizeIs(1));
    EXPECT_THAT(check_one_title({"a.md", "text\n"}), SizeIs(1));
}

TEST(CodeBlocks, cpp_in_documents_is_compiled) {
    const std::set<std::string> compiled{"README.md"};
    EXPECT_THAT(
        check_code_blocks({"README.md", "```cpp example\nint x;\n```\n```sh\nls\n```\n"}, compiled),
        IsEmpty());
    EXPECT_THAT(check_code_blocks({"README.md", "```cpp\nint x;\n```\n"}, compiled), SizeIs(1));
    EXPECT_THAT(check_code_blocks({"docs/a.md", "```cpp example\nint x;\n```\n"}, compiled),
                SizeIs(1));
}

}  // namespace
}  // namespace apilab::arch
