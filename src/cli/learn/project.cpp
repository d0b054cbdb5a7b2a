#include "learn/project.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <utility>

#include "apilab/base/embedded.hpp"
#include "apilab/base/try.hpp"

namespace apilab::cli {

namespace fs = std::filesystem;

/// src/cli/learn/project.
[[nodiscard]] std::span<const EmbeddedFile> project_files();

namespace {

constexpr std::size_t name_max = 40;

// Where each template goes.
constexpr std::array places{
    std::pair("CMakeLists.txt.in", "CMakeLists.txt"), std::pair("README.md.in", "README.md"),
    std::pair("client.cpp.in", "src/client.cpp"),     std::pair("client.hpp.in", "src/client.hpp"),
    std::pair("env.example.in", ".env.example"),      std::pair("gitignore.in", ".gitignore"),
    std::pair("main.cpp.in", "src/main.cpp")};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Targets that every CMake project has, and what ours would clash with.
constexpr std::array taken{"all",     "apilab",  "clean",         "edit_cache", "help",
                           "install", "package", "rebuild_cache", "test"};

Result<void> look_at_name(std::string_view name) {
    const bool fits = !name.empty() && name.size() <= name_max && is_letter(name.front()) &&
                      std::ranges::all_of(name, [](char c) {
                          return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
                      });
    if (!fits) {
        return fail(Error(ErrorKind::invalid_argument, fmt::format("'{}' cannot be a name", name))
                        .with_remedy("a letter, then letters, digits, - and _; 40 at most"));
    }
    if (std::ranges::find(taken, name) != taken.end()) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("CMake has another use for the name '{}'", name))
                        .with_remedy("my-" + std::string(name)));
    }
    return {};
}

std::string filled_in(std::string_view text, std::string_view name) {
    constexpr std::string_view mark = "@NAME@";
    std::string filled;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
        filled += text.substr(0, at);
        filled += name;
        text.remove_prefix(at + mark.size());
    }
    return filled += text;
}

}  // namespace

Result<std::vector<ProjectFile>> project_of(std::string_view name) {
    APILAB_CHECK(look_at_name(name));
    std::vector<ProjectFile> files;
    for (const auto& [from, to] : places) {
        for (const auto& file : project_files()) {
            if (file.name == from) {
                files.push_back({to, filled_in(file.bytes, name)});
            }
        }
    }
    return files;
}

Result<void> write_project(const fs::path& folder, const std::vector<ProjectFile>& files) {
    for (const auto& file : files) {
        std::error_code ignored;
        if (fs::exists(fs::symlink_status(folder / file.path, ignored))) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("{} is already there", (folder / file.path).string()))
                            .with_remedy("take another --folder; nothing was written"));
        }
    }
    for (const auto& file : files) {
        const auto path = folder / file.path;
        std::error_code failed;
        fs::create_directories(path.parent_path(), failed);
        std::ofstream out(path, std::ios::binary);
        out << file.text;
        if (failed || !out.flush()) {
            return fail(ErrorKind::io, fmt::format("cannot write {}", path.string()));
        }
    }
    return {};
}

}  // namespace apilab::cli
