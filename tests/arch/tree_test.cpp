// The rules of rules.hpp, asked about every file of this repository.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "rules.hpp"

namespace apilab::arch {
namespace {

namespace fs = std::filesystem;

const fs::path& root() {
    static const fs::path path = APILAB_SOURCE_DIR;
    return path;
}

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// What is built, fetched or somebody's own is not ours to judge.
bool is_skipped(const fs::path& path) {
    static const std::array<std::string, 6> names{"build", ".git",   ".apilab",
                                                  "my",    ".cache", "node_modules"};
    return std::ranges::find(names, path.filename().string()) != names.end();
}

const std::vector<SourceFile>& tree() {
    static const std::vector<SourceFile> files = [] {
        constexpr std::uintmax_t size_max = std::uintmax_t{2} << 20U;
        std::vector<SourceFile> found;
        for (auto it = fs::recursive_directory_iterator(root());
             it != fs::recursive_directory_iterator(); ++it) {
            if (is_skipped(it->path())) {
                it.disable_recursion_pending();
            } else if (it->is_regular_file() && it->file_size() <= size_max) {
                found.push_back(
                    {it->path().lexically_relative(root()).generic_string(), read(it->path())});
            }
        }
        std::ranges::sort(found, {}, &SourceFile::path);
        return found;
    }();
    return files;
}

bool is_markdown(const SourceFile& file) {
    return file.path.ends_with(".md");
}
bool is_cmake_list(const SourceFile& file) {
    return file.path.ends_with("CMakeLists.txt");
}
bool is_source(const SourceFile& file) {
    static const std::array<std::string_view, 6> folders{"src/",  "tests/", "bench/",
                                                         "fuzz/", "cmake/", "examples/"};
    static const std::array<std::string_view, 6> kinds{".cpp", ".hpp", ".cmake",
                                                       ".txt", ".sh",  ".in"};
    const bool ours =
        std::ranges::any_of(folders, [&](auto prefix) { return file.path.starts_with(prefix); });
    return file.path == "lab" ||
           (ours && std::ranges::any_of(kinds, [&](auto end) { return file.path.ends_with(end); }));
}
bool is_code(const SourceFile& file) {
    return is_source(file) && is_cpp(file.path);
}
bool is_any(const SourceFile& /*file*/) {
    return true;
}

// Asks `rule` about every file that `applies`; at least one must.
void expect_clean(const std::function<bool(const SourceFile&)>& applies,
                  const std::function<Violations(const SourceFile&)>& rule) {
    std::size_t asked = 0;
    for (const SourceFile& file : tree()) {
        if (!applies(file)) {
            continue;
        }
        ++asked;
        for (const Violation& violation : rule(file)) {
            ADD_FAILURE() << violation.path << ':' << violation.line << ": " << violation.message;
        }
    }
    EXPECT_GT(asked, 0U) << "the rule was asked about nothing";
}

TEST(Tree, includes_point_down_the_layers) {
    expect_clean(is_code, check_include_direction);
}
TEST(Tree, declared_dependencies_point_down_the_layers) {
    expect_clean(is_cmake_list, check_declared_depends);
}
TEST(Tree, third_party_headers_stay_where_they_belong) {
    expect_clean(is_code, check_third_party);
}
TEST(Tree, includes_are_written_with_full_paths) {
    expect_clean(is_code, check_include_style);
}
TEST(Tree, banned_calls_are_not_used) {
    expect_clean(is_code, check_banned_calls);
}
TEST(Tree, names_no_package_registry_and_no_machine) {
    expect_clean(is_any, check_hosts_and_paths);
}
// A starter is a program with its mechanism left to the learner; it is listed with its program.
bool is_starter(const SourceFile& file) {
    return file.path.starts_with("src/exercises/starters/");
}

TEST(Tree, leaves_nothing_for_later) {
    expect_clean([](const SourceFile& file) { return is_source(file) && !is_starter(file); },
                 check_leftovers);
}
TEST(Tree, rooms_are_small) {
    expect_clean(is_source, check_sizes);
}

bool is_program_of_a_day(const SourceFile& file) {
    return file.path.starts_with("src/exercises/day");
}
fs::path starter_of(const SourceFile& file) {
    return root() / "src/exercises/starters" / fs::path(file.path).filename();
}

TEST(Tree, programs_of_the_days_are_short) {
    expect_clean(is_program_of_a_day, [](const SourceFile& file) {
        return check_program_size(file, fs::exists(starter_of(file)));
    });
}
TEST(Tree, every_day_has_one_core_program) {
    constexpr std::size_t day_length = std::string_view("src/exercises/day01").size();
    std::map<std::string, int> cores;
    for (const SourceFile& file : tree()) {
        if (is_program_of_a_day(file)) {
            cores[file.path.substr(0, day_length)] += fs::exists(starter_of(file)) ? 1 : 0;
        }
    }
    for (const auto& [day, count] : cores) {
        EXPECT_EQ(count, 1) << day << "_*.cpp: the core is the one with a starter";
    }
}

TEST(Tree, every_source_is_in_a_list) {
    expect_clean(is_code, [](const SourceFile& file) {
        fs::path folder = fs::path(file.path).parent_path();
        while (!fs::exists(root() / folder / "CMakeLists.txt")) {
            folder = folder.parent_path();
        }
        auto path = fs::path(file.path).lexically_relative(folder).generic_string();
        if (is_starter(file)) {
            path = fs::path(path).filename().generic_string();
        }
        return check_listed(file, path, cmake_words(read(root() / folder / "CMakeLists.txt")));
    });
}

class TreeDocuments final : public Documents {
public:
    [[nodiscard]] bool exists(const std::string& path) const override {
        return fs::exists(root() / path);
    }
    [[nodiscard]] std::string text(const std::string& path) const override {
        return read(root() / path);
    }
};

TEST(Tree, documents_have_one_title) {
    expect_clean(is_markdown, check_one_title);
}
TEST(Tree, links_lead_somewhere) {
    expect_clean(is_markdown,
                 [](const SourceFile& file) { return check_links(file, TreeDocuments()); });
}
TEST(Tree, paths_in_documents_are_there) {
    expect_clean(is_markdown,
                 [](const SourceFile& file) { return check_paths(file, TreeDocuments()); });
}
TEST(Tree, mutants_are_up_to_date) {
    expect_clean(
        [](const SourceFile& file) {
            return file.path.starts_with("tests/mutants/") && file.path.ends_with(".txt");
        },
        [](const SourceFile& file) { return check_mutants(file, TreeDocuments()); });
}
TEST(Tree, cpp_in_documents_is_compiled) {
    const auto compiled = cmake_words(read(root() / "tests/docs/CMakeLists.txt"));
    expect_clean(is_markdown,
                 [&](const SourceFile& file) { return check_code_blocks(file, compiled); });
}

}  // namespace
}  // namespace apilab::arch
