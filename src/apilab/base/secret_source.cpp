#include "apilab/base/secret_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/dotenv.hpp"
#include "apilab/base/file.hpp"

namespace apilab {
namespace {

constexpr std::size_t dotenv_max = std::size_t{1} << 20U;

using Found = Result<std::optional<FoundSecret>>;

Found from_file(const std::string& name, const std::string& path) {
    auto text = read_file(path, SecretSources::file_max);
    if (!text) {
        return fail(std::move(text).error().in(fmt::format("{}_FILE", name)));
    }
    if (text->ends_with('\n')) {
        text->pop_back();
    }
    if (text->ends_with('\r')) {
        text->pop_back();
    }
    if (text->empty()) {
        return std::nullopt;
    }
    return FoundSecret{
        .name = name, .value = Secret(*std::move(text)), .source = fmt::format("file {}", path)};
}

}  // namespace

std::string FoundSecret::describe() const {
    return fmt::format("{}  {}  sha256:{}", name, source, value.fingerprint());
}

SecretSources::SecretSources(Environment environment, const std::filesystem::path& dotenv)
    : environment_(std::move(environment)) {
    std::error_code ignored;
    if (dotenv.empty() || !std::filesystem::exists(dotenv, ignored)) {
        return;
    }
    auto text = read_file(dotenv, dotenv_max);
    auto entries = text ? parse_dotenv(*text)
                        : Result<std::vector<DotenvEntry>>(fail(std::move(text).error()));
    if (!entries) {
        dotenv_error_ = std::move(entries).error().in(dotenv.string());
        return;
    }
    for (auto& entry : *entries) {
        dotenv_.insert_or_assign(std::move(entry.name), Kept{std::move(entry.value), entry.line});
    }
}

void SecretSources::set(std::string name, Secret value) {
    explicit_.insert_or_assign(std::move(name), std::move(value));
}

Result<std::optional<FoundSecret>> SecretSources::find(const std::string& name) const {
    if (const auto given = explicit_.find(name); given != explicit_.end()) {
        return FoundSecret{.name = name, .value = given->second, .source = "given"};
    }
    const auto variable = environment_.find(name);
    if (variable != environment_.end() && !variable->second.empty()) {
        return FoundSecret{
            .name = name, .value = Secret(variable->second), .source = "environment"};
    }
    const auto file = environment_.find(name + "_FILE");
    if (file != environment_.end() && !file->second.empty()) {
        return from_file(name, file->second);
    }
    if (dotenv_error_) {
        return fail(*dotenv_error_);
    }
    const auto entry = dotenv_.find(name);
    if (entry != dotenv_.end() && !entry->second.value.empty()) {
        return FoundSecret{.name = name,
                           .value = entry->second.value,
                           .source = fmt::format(".env line {}", entry->second.line)};
    }
    const auto pointer = dotenv_.find(name + "_FILE");
    if (pointer != dotenv_.end() && !pointer->second.value.empty()) {
        return from_file(name, std::string(pointer->second.value.reveal()));
    }
    return std::nullopt;
}

Result<std::vector<FoundSecret>> SecretSources::require(
    const std::vector<std::string>& names) const {
    std::vector<FoundSecret> all;
    std::string missing;
    std::string unreadable;
    std::string detail;
    for (const auto& name : names) {
        auto found = find(name);
        if (found && *found) {
            all.push_back(**std::move(found));
            continue;
        }
        detail += (detail.empty() ? "" : ",") + name;
        if (found) {
            missing += (missing.empty() ? "" : ", ") + name;
        } else {
            unreadable += fmt::format("{}{} ({})", unreadable.empty() ? "" : ", ", name,
                                      found.error().to_string());
        }
    }
    if (detail.empty()) {
        return all;
    }
    std::string message = missing.empty() ? "" : "not set: " + missing;
    if (!unreadable.empty()) {
        message += (message.empty() ? "" : "; ") + fmt::format("cannot be read: {}", unreadable);
    }
    return fail(Error(ErrorKind::invalid_argument, std::move(message))
                    .with_detail(std::move(detail))
                    .with_remedy("set NAME, or NAME_FILE to the path of a file, or write it into "
                                 ".env"));
}

}  // namespace apilab
