// apilab secrets scan PATH: secrets in files

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <filesystem>
#include <map>

#include "apilab/base/dotenv.hpp"
#include "apilab/base/environment.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "secret_shapes.hpp"
#include "secrets.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t file_size_max = std::size_t{8} << 20U;
constexpr std::size_t dotenv_size_max = std::size_t{1} << 20U;
constexpr std::size_t binary_looked_at = 8192;

struct Finding {
    std::string file;
    std::size_t line = 0;
    std::string kind;
    std::string fingerprint;
};

struct Scan {
    Scrubber values;
    /// Names of those values by their fingerprints.
    std::map<std::string, std::string, std::less<>> names;
    std::vector<Finding> findings;
    std::size_t files = 0;
    /// Too large, or not to be read.
    std::size_t left_out = 0;
};

void know(Scan& scan, const std::string& name, const Secret& value) {
    if (variable_names_a_secret(name) && scan.values.add(value) == Scrubber::Added::yes) {
        scan.names.emplace(value.fingerprint(), name);
    }
}

Result<void> know_values(Scan& scan, const std::string& dotenv) {
    for (const auto& [name, value] : process_environment()) {
        know(scan, name, Secret(value));
    }
    std::error_code ignored;
    if (!fs::exists(dotenv, ignored)) {
        return {};
    }
    APILAB_TRY(const auto text, read_file(dotenv, dotenv_size_max));
    auto entries = parse_dotenv(text);
    if (!entries) {
        return fail(std::move(entries).error().in(dotenv));
    }
    for (const auto& entry : *entries) {
        know(scan, entry.name, entry.value);
        Scrubber::of_process().add(entry.value);
    }
    return {};
}

std::size_t line_of(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

void scan_text(Scan& scan, const std::string& file, std::string_view text, bool is_dotenv) {
    const auto shaped = shaped_secrets(text);
    std::map<std::size_t, Finding> here;  // by their places
    for (const auto& one : shaped) {
        const Secret value{std::string(text.substr(one.offset, one.size))};
        here.emplace(one.offset, Finding{.file = file,
                                         .line = line_of(text, one.offset),
                                         .kind = std::string(one.kind),
                                         .fingerprint = value.fingerprint()});
    }
    // Values of .env are in their place there.
    for (const auto& place : is_dotenv ? std::vector<Scrubber::Place>() : scan.values.find(text)) {
        const bool known = std::ranges::any_of(shaped, [&](const ShapedSecret& one) {
            return place.offset < one.offset + one.size && one.offset < place.offset + place.size;
        });
        if (!known) {
            here.emplace(place.offset, Finding{.file = file,
                                               .line = line_of(text, place.offset),
                                               .kind = "value of " + scan.names[place.fingerprint],
                                               .fingerprint = place.fingerprint});
        }
    }
    for (auto& [offset, finding] : here) {
        scan.findings.push_back(std::move(finding));
    }
}

void scan_file(Scan& scan, const fs::path& path, const std::string& dotenv) {
    const auto text = read_file(path, file_size_max);
    if (!text) {
        ++scan.left_out;
        return;
    }
    if (std::string_view(*text).substr(0, binary_looked_at).contains('\0')) {
        return;
    }
    ++scan.files;
    std::error_code ignored;
    scan_text(scan, path.lexically_normal().string(), *text, fs::equivalent(path, dotenv, ignored));
}

// Loosely: names, with / at the end or the beginning, and *.ext; no other pattern, no exception.
class Ignored {
public:
    explicit Ignored(const fs::path& root) {
        const auto text = read_file(root / ".gitignore", dotenv_size_max).value_or("");
        for (std::string_view rest = text; !rest.empty();) {
            const auto end = std::min(rest.find('\n'), rest.size());
            auto line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            line.remove_suffix(line.ends_with('\r') ? 1 : 0);
            line.remove_prefix(line.starts_with('/') ? 1 : 0);
            line.remove_suffix(line.ends_with('/') ? 1 : 0);
            if (!line.empty() && !line.starts_with('#') && !line.starts_with('!')) {
                patterns_.emplace_back(line);
            }
        }
    }
    [[nodiscard]] bool takes(const fs::path& path) const {
        const auto name = path.filename().string();
        static constexpr std::array always{std::string_view(".git"), std::string_view("build"),
                                           std::string_view("node_modules")};
        return std::ranges::find(always, name) != always.end() ||
               std::ranges::any_of(patterns_, [&](const std::string& pattern) {
                   return pattern.starts_with("*.") ? name.ends_with(pattern.substr(1))
                                                    : name == pattern;
               });
    }

private:
    std::vector<std::string> patterns_;
};

Result<void> scan_folder(Scan& scan, const fs::path& root, const std::string& dotenv) {
    const Ignored ignored(root);
    std::error_code failed;
    std::vector<fs::path> files;
    auto entry = fs::recursive_directory_iterator(
        root, fs::directory_options::skip_permission_denied, failed);
    for (const auto end = fs::recursive_directory_iterator(); !failed && entry != end;
         entry.increment(failed)) {
        std::error_code unknown;
        const auto kind = entry->symlink_status(unknown).type();
        if (ignored.takes(entry->path())) {
            if (kind == fs::file_type::directory) {
                entry.disable_recursion_pending();
            }
        } else if (kind == fs::file_type::regular) {
            files.push_back(entry->path());
        }
    }
    if (failed) {
        return fail(ErrorKind::io, fmt::format("{}: {}", root.string(), failed.message()));
    }
    std::ranges::sort(files);  // the same order everywhere
    for (const auto& file : files) {
        scan_file(scan, file, dotenv);
    }
    return {};
}

void print_findings(const Scan& scan, const Globals& globals) {
    if (globals.json) {
        json::array all;
        for (const auto& [file, line, kind, fingerprint] : scan.findings) {
            all.push_back({{"file", file},
                           {"line", line},
                           {"kind", kind},
                           {"fingerprint", "sha256:" + fingerprint}});
        }
        fmt::print("{}\n", json::serialize(json::object{{"version", 1},
                                                        {"files", scan.files},
                                                        {"left_out", scan.left_out},
                                                        {"findings", std::move(all)}}));
        return;
    }
    for (const auto& [file, line, kind, fingerprint] : scan.findings) {
        fmt::print("{}:{}  {}  sha256:{}\n", file, line, kind, fingerprint);
    }
    if (!globals.quiet) {
        fmt::print(stderr, "{} findings in {} files{}\n", scan.findings.size(), scan.files,
                   scan.left_out == 0
                       ? std::string()
                       : fmt::format(" ({} more were too large or not to be read)", scan.left_out));
    }
}

}  // namespace

Result<ExitCode> scan_for_secrets(const SecretsFlags& flags, const Globals& globals) {
    Scan scan;
    APILAB_CHECK(know_values(scan, flags.dotenv));
    const fs::path path = flags.path;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        APILAB_CHECK(scan_folder(scan, path, flags.dotenv));
    } else if (fs::exists(path, ignored)) {
        scan_file(scan, path, flags.dotenv);
    } else {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: there is no such file or folder", flags.path))
                        .with_remedy("check the path"));
    }
    print_findings(scan, globals);
    return scan.findings.empty() ? ExitCode::success : ExitCode::findings;
}

}  // namespace apilab::cli
