// What `radar check` says about files it cannot use: one line, what and where, what to do; never a
// crash, never a hang.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// No source is asked before the input is read: nothing listens on port 1.
const Variables nowhere = {{"APILAB_NPM_URL", "http://127.0.0.1:1"},
                           {"APILAB_OSV_URL", "http://127.0.0.1:1"},
                           {"APILAB_GITHUB_URL", "http://127.0.0.1:1"}};

Finished check(const std::string& file) {
    return apilab({"radar", "check", file}, nowhere);
}

// The form of every refusal: exit 2, nothing on stdout, one line that names the file and says in
// parentheses what to do.
void expect_refusal(const Finished& ended, const std::string& file) {
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, StartsWith("error: "));
    EXPECT_THAT(ended.err, HasSubstr(file));
    EXPECT_THAT(ended.err, testing::EndsWith(")\n"));
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    EXPECT_LT(ended.err.size(), 1000U);
}

struct Case {
    const char* name;
    std::string text;
    const char* expected;
};

void PrintTo(const Case& value, std::ostream* out) {
    *out << value.name;
}

class BadLockfile : public testing::TestWithParam<Case> {};

TEST_P(BadLockfile, is_refused_with_place_and_remedy) {
    const TempDir dir;
    const auto file = dir.write("package-lock.json", GetParam().text);
    const auto ended = check(file);
    expect_refusal(ended, file);
    EXPECT_THAT(ended.err, HasSubstr(GetParam().expected));
}

std::string with_version(const std::string& version) {
    return R"({"lockfileVersion": 3, "packages": {"node_modules/a": {"version": )" + version +
           "}}}";
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadLockfile,
    testing::Values(
        Case{"empty", "", "empty"}, Case{"truncated", R"({"lockfileVersion": 3, "pack)", "cut"},
        Case{"nested_arrays", std::string(100'000, '['), "JSON"},
        Case{"nested_in_a_field",
             R"({"lockfileVersion": 3, "packages": )" + std::string(100'000, '[') +
                 std::string(100'000, ']') + "}",
             "JSON"},
        Case{"blank", " \n\t\n", "empty"},
        Case{"binary",
             std::string("\x7F"
                         "ELF\0\1",
                         6),
             "JSON"},
        Case{"no_utf8", "{\"lockfileVersion\": 3, \"name\": \"\xFF\xFE\"}", "JSON"},
        Case{"not_an_object", "[1, 2]", "top level"},
        Case{"another_tools_file", "# yarn lockfile v1\n\nlodash@^4:\n", "yarn.lock"},
        Case{"version_is_a_number", with_version("5"), "/packages/node_modules~1a/version"},
        Case{"package_is_a_text",
             R"({"lockfileVersion": 3, "packages": {"node_modules/a": "1.0.0"}})",
             "/packages/node_modules~1a"},
        Case{"dependencies_are_a_text", R"({"lockfileVersion": 1, "dependencies": "a"})",
             "/dependencies"},
        Case{"same_key_twice", R"({"lockfileVersion": 3, "lockfileVersion": 1, "packages": {}})",
             "/lockfileVersion"},
        Case{"packages_is_a_list", R"({"lockfileVersion": 3, "packages": []})", "/packages"},
        Case{"unknown_lockfile_version", R"({"lockfileVersion": 9, "packages": {}})",
             "/lockfileVersion"},
        Case{"lockfile_version_is_a_text", R"({"lockfileVersion": "3", "packages": {}})",
             "/lockfileVersion"},
        Case{"lockfile_version_is_endless",
             R"({"lockfileVersion": 1)" + std::string(50, '0') + R"(, "packages": {}})", "JSON"},
        Case{
            "path_as_a_name",
            R"({"lockfileVersion": 3, "packages": {"node_modules/../../etc": {"version": "1.0.0"}}})",
            "/packages/node_modules~1..~1..~1etc"},
        Case{"a_path_as_a_version", with_version(R"("../../../etc/passwd")"),
             "/packages/node_modules~1a/version"},
        Case{"a_command_as_a_version", with_version(R"("1.0.0; rm -rf ~")"),
             "/packages/node_modules~1a/version"},
        Case{"escape_in_a_version", with_version(R"("\u001b[31m\n1.0.0")"),
             "/packages/node_modules~1a/version"},
        Case{"endless_version", with_version("\"1." + std::string(100'000, '1') + "\""),
             "/packages/node_modules~1a/version"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(BadInput, a_missing_path_is_named) {
    const TempDir dir;
    const auto file = (dir.path() / "nothing-here.json").string();
    expect_refusal(check(file), file);
}

TEST(BadInput, a_folder_without_a_lockfile_says_how_to_get_one) {
    const TempDir dir;
    expect_refusal(check(dir.path().string()), dir.path().string());
}

TEST(BadInput, a_file_of_200_megabytes_is_refused_by_its_size) {
    const TempDir dir;
    const auto file = dir.write("package-lock.json", "");
    std::filesystem::resize_file(file, std::uintmax_t{200} << 20U);  // a hole, no blocks
    const auto ended = check(file);
    expect_refusal(ended, file);
    EXPECT_THAT(ended.err, HasSubstr("limit"));
    EXPECT_LT(ended.memory_max, std::size_t{64} << 20U) << "it was read, not only measured";
}

TEST(BadInput, what_is_no_file_is_refused_without_waiting_for_it) {
    const TempDir dir;
    const auto pipe = (dir.path() / "package-lock.json").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);  // opening it to read waits for a writer
    expect_refusal(check(pipe), pipe);
    expect_refusal(check("/dev/zero"), "/dev/zero");
}

TEST(BadInput, a_broken_package_json_beside_a_good_lockfile_is_named) {
    const TempDir dir;
    const auto file = small_lockfile(dir);
    (void)dir.write("package.json", R"({"dependencies": )");
    const auto ended = check(file);
    expect_refusal(ended, file);
    EXPECT_THAT(ended.err, HasSubstr("package.json beside the lockfile"));
}

TEST(BadInput, of_several_files_the_wrong_one_is_named_and_nothing_is_asked) {
    const TempDir dir;
    const auto good = small_lockfile(dir);
    const auto bad = dir.write("other.json", "{");
    expect_refusal(apilab({"radar", "check", good, bad}, nowhere), bad);
}

TEST(BadInput, no_escape_sequence_of_a_file_reaches_the_terminal) {
    const TempDir dir;
    for (const auto& [sequence, bytes] :
         Variables{{R"("\u001b[31mred")", "\x1b"}, {R"("\u009b31mred")", "\xc2\x9b"}}) {
        const auto ended = check(dir.write("package-lock.json", with_version(sequence)));
        EXPECT_EQ(ended.code, 2);
        EXPECT_EQ(ended.err.find(bytes), std::string::npos) << ended.err;
    }
}

TEST(BadInput, a_time_that_is_none_names_the_flag) {
    const auto ended = apilab({"radar", "check", webshop(), "--as-of", "yesterday"}, nowhere);
    expect_refusal(ended, "--as-of");
}

}  // namespace
}  // namespace apilab::cli_test
