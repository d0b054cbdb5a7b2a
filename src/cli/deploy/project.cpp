#include "deploy/project.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "apilab/base/file.hpp"

namespace apilab::cli::deploy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t size_max = std::size_t{1} << 20U;

std::string name_of(const std::string& file) {
    return fs::path(file).filename().string();
}

template <class Parsed>
void take(Project& project, const std::string& file, Result<Parsed> parsed, auto&& put) {
    if (parsed) {
        put(*std::move(parsed));
        return;
    }
    const std::string detail(parsed.error().detail());
    std::size_t line = 1;
    std::from_chars(detail.data(), detail.data() + detail.size(), line);
    project.unreadable.push_back(
        {.file = file, .line = line, .reason = std::string(parsed.error().message())});
}

bool is_deployment(std::string_view name) {
    return name == "Dockerfile" || name == "fly.toml" || name == "railway.json" ||
           name == "railway.toml" || name == ".dockerignore" || name.ends_with(".service");
}

void read_folder(const fs::path& folder, std::vector<Text>& texts,
                 std::vector<std::string>& private_files, std::vector<Unreadable>& unreadable) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (auto entry = fs::directory_iterator(folder, failed);
         !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
        files.push_back(entry->path());
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
        const auto name = file.filename().string();
        std::error_code ignored;
        if (!fs::is_regular_file(file, ignored)) {
            continue;
        }
        if (names_private_file(name)) {
            private_files.push_back(name);
        }
        if (is_deployment(name)) {
            auto text = read_file(file, size_max);
            const auto shown = file.lexically_normal().string();
            if (text) {
                texts.push_back({.file = shown, .text = *std::move(text)});
            } else {
                unreadable.push_back(
                    {.file = shown, .line = 0, .reason = std::string(text.error().message())});
            }
        }
    }
}

}  // namespace

bool names_private_file(std::string_view name) {
    static constexpr std::array exact{std::string_view(".env"), std::string_view(".npmrc"),
                                      std::string_view(".netrc"), std::string_view(".pypirc"),
                                      std::string_view("credentials.json")};
    const bool example = name.ends_with(".example") || name.ends_with(".sample") ||
                         name.ends_with(".template") || name.ends_with(".pub");
    return !example && (std::ranges::find(exact, name) != exact.end() ||
                        name.starts_with(".env.") || name.starts_with("id_rsa") ||
                        name.starts_with("id_ed25519") || name.starts_with("service-account") ||
                        name.ends_with(".pem") || name.ends_with(".key") || name.ends_with(".p12"));
}

Project make_project(std::vector<Text> texts, std::vector<std::string> private_files) {
    Project project{.private_files = std::move(private_files)};
    for (const auto& [file, text] : texts) {
        const auto name = name_of(file);
        if (name == "Dockerfile") {
            take(project, file, parse_dockerfile(file, text),
                 [&](Dockerfile parsed) { project.docker = std::move(parsed); });
        } else if (name == "fly.toml") {
            take(project, file, parse_toml(file, text),
                 [&](Settings parsed) { project.fly = std::move(parsed); });
        } else if (name == "railway.toml") {
            take(project, file, parse_toml(file, text),
                 [&](Settings parsed) { project.railway = std::move(parsed); });
        } else if (name == "railway.json") {
            take(project, file, parse_json(file, text),
                 [&](Settings parsed) { project.railway = std::move(parsed); });
        } else if (name.ends_with(".service")) {
            take(project, file, parse_unit(file, text),
                 [&](Settings parsed) { project.units.push_back(std::move(parsed)); });
        } else if (name == ".dockerignore") {
            project.dockerignore = text;
        }
    }
    project.texts = std::move(texts);
    return project;
}

Result<Project> read_project(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
        return fail(
            Error(ErrorKind::invalid_argument, folder.string() + ": there is no such folder")
                .with_remedy("name the folder that holds the Dockerfile or fly.toml"));
    }
    std::vector<Text> texts;
    std::vector<std::string> private_files;
    std::vector<Unreadable> unreadable;
    read_folder(folder, texts, private_files, unreadable);
    read_folder(folder / "deploy", texts, private_files, unreadable);
    auto project = make_project(std::move(texts), std::move(private_files));
    std::ranges::move(unreadable, std::back_inserter(project.unreadable));
    return project;
}

}  // namespace apilab::cli::deploy
