#include "checklist/folder_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <system_error>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"

namespace apilab::cli::checklist {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> left_out{".apilab", ".git", "build", "node_modules"};
constexpr std::size_t sniffed = 4096;

bool is_text(std::string_view bytes) {
    return !bytes.substr(0, sniffed).contains('\0');
}

std::vector<fs::path> paths_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::error_code failed;
    for (auto entry = fs::recursive_directory_iterator(
             folder, fs::directory_options::skip_permission_denied, failed);
         !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
        std::error_code gone;
        const auto kind = entry->symlink_status(gone).type();
        const auto name = entry->path().filename().string();
        if (kind == fs::file_type::directory &&
            std::ranges::find(left_out, name) != left_out.end()) {
            entry.disable_recursion_pending();
        } else if (kind == fs::file_type::regular && entry->file_size(gone) <= file_bytes_max &&
                   !gone) {
            paths.push_back(entry->path());
        }
    }
    return paths;
}

Result<std::vector<fs::path>> paths_of(const fs::path& folder,
                                       const std::vector<std::string>& parts) {
    std::vector<fs::path> paths = parts.empty() ? paths_in(folder) : std::vector<fs::path>();
    for (const auto& part : parts) {
        std::error_code failed;
        const auto path = folder / part;
        const auto kind = fs::symlink_status(path, failed).type();
        if (kind == fs::file_type::directory) {
            std::ranges::copy(paths_in(path), std::back_inserter(paths));
        } else if (kind == fs::file_type::regular) {
            paths.push_back(path);
        } else {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("{}: neither a file nor a folder", path.string()));
        }
    }
    std::ranges::sort(paths);
    paths.erase(std::ranges::unique(paths).begin(), paths.end());
    return paths;
}

}  // namespace

Result<std::vector<File>> read_folder(const fs::path& folder,
                                      const std::vector<std::string>& parts) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{}: there is no such folder", folder.string()));
    }
    APILAB_TRY(const auto paths, paths_of(folder, parts));
    std::vector<File> files;
    std::size_t bytes = 0;
    for (const auto& path : paths) {
        auto text = read_file(path, file_bytes_max);
        if (!text || !is_text(*text)) {
            continue;  // gone meanwhile, or not for us to read
        }
        bytes += text->size();
        if (files.size() == files_max || bytes > all_bytes_max) {
            break;
        }
        files.push_back(
            {.path = path.lexically_relative(folder).generic_string(), .text = *std::move(text)});
    }
    return files;
}

}  // namespace apilab::cli::checklist
