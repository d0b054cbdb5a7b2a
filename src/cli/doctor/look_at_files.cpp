// Of apilab doctor: certificates, and what apilab keeps.

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <memory>
#include <system_error>

#include "apilab/base/clock.hpp"
#include "apilab/base/file.hpp"
#include "auth/auth.hpp"
#include "call/session.hpp"
#include "doctor/doctor.hpp"
#include "environment.hpp"
#include "trace/trace_place.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;

// As the transport takes it.
constexpr std::size_t pem_max = std::size_t{16} << 20U;
// A folder with more is somebody else's.
constexpr int files_max = 2000;

struct Certificates {
    int all = 0;
    int over = 0;
};

Certificates certificates_in(const std::string& pem) {
    Certificates found;
    const std::unique_ptr<BIO, decltype(&::BIO_free_all)> bio(
        ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &::BIO_free_all);
    while (X509* raw = ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        const std::unique_ptr<X509, decltype(&::X509_free)> certificate(raw, &::X509_free);
        ++found.all;
        found.over += ::X509_cmp_current_time(::X509_get0_notAfter(certificate.get())) < 0 ? 1 : 0;
    }
    ::ERR_clear_error();
    return found;
}

Finding look_at_own_certificates(const std::string& file) {
    const auto text = read_file(file, pem_max);
    if (!text) {
        return {"certificates", Health::fail, "APILAB_CA_FILE: " + text.error().message(),
                "name a PEM file of certificates, or unset it"};
    }
    const auto found = certificates_in(*text);
    if (found.all == 0) {
        return {"certificates", Health::fail,
                fmt::format("APILAB_CA_FILE: {} holds no certificate", file),
                "name a PEM file of certificates, or unset it"};
    }
    if (found.over > 0) {
        return {"certificates", Health::warn,
                fmt::format("APILAB_CA_FILE: {} of {} in {} are no longer valid", found.over,
                            found.all, file),
                "get the current ones from whoever runs the authority"};
    }
    return {
        "certificates", Health::ok, fmt::format("APILAB_CA_FILE: {} in {}", found.all, file), {}};
}

bool readable(const fs::path& path) {
    return ::access(path.c_str(), R_OK) == 0;
}

Finding look_at_system_certificates() {
    const fs::path file =
        environment(::X509_get_default_cert_file_env()).value_or(::X509_get_default_cert_file());
    const fs::path folder =
        environment(::X509_get_default_cert_dir_env()).value_or(::X509_get_default_cert_dir());
    std::error_code code;
    if (readable(file)) {
        return {"certificates", Health::ok, "the system's: " + file.string(), {}};
    }
    if (readable(folder) && !fs::is_empty(folder, code) && !code) {
        return {"certificates", Health::ok, "the system's: " + folder.string(), {}};
    }
    return {"certificates", Health::fail,
            fmt::format("the system has none at {} or {}", file.string(), folder.string()),
            "install ca-certificates, or set SSL_CERT_FILE"};
}

std::optional<fs::path> state_folder() {
    if (const auto state = environment("XDG_STATE_HOME")) {
        return fs::path(*state) / "apilab";
    }
    if (const auto home = environment("HOME")) {
        return fs::path(*home) / ".local" / "state" / "apilab";
    }
    return std::nullopt;
}

unsigned mode_of(const fs::path& path) {
    std::error_code code;
    const auto status = fs::status(path, code);
    return code ? 0U : static_cast<unsigned>(status.permissions() & fs::perms::mask);
}

bool others_may(const fs::path& path) {
    constexpr unsigned others = 0077;
    return (mode_of(path) & others) != 0;
}

Finding private_or(const fs::path& path, bool folder) {
    return {"state", Health::warn,
            fmt::format("others may look into {} (mode {:04o})", path.string(), mode_of(path)),
            fmt::format("chmod {} '{}'", folder ? "700" : "600", path.string())};
}

// The folder, or the first one above it that is there.
fs::path existing(fs::path folder) {
    std::error_code code;
    while (!fs::exists(folder, code) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    return folder.empty() ? fs::path(".") : folder;
}

// Whether it can be written, and that nobody else may read it or what is in it.
void look_at_folder(Findings& findings, const fs::path& folder) {
    const auto there = existing(folder);
    std::error_code code;
    if (!fs::is_directory(there, code)) {
        findings.push_back({"state", Health::fail, there.string() + " is no folder",
                            "move it away, or set XDG_STATE_HOME"});
        return;
    }
    if (::access(there.c_str(), W_OK | X_OK) != 0) {
        findings.push_back({"state", Health::fail, there.string() + " cannot be written",
                            "make it yours, or set XDG_STATE_HOME"});
        return;
    }
    if (there != folder) {
        findings.push_back({"state", Health::ok, folder.string() + ": nothing is kept yet", {}});
        return;
    }
    const auto before = findings.size();
    if (others_may(folder)) {
        findings.push_back(private_or(folder, true));
    }
    int seen = 0;
    for (fs::recursive_directory_iterator at(folder, code), end; !code && at != end;
         at.increment(code)) {
        const auto ending = at->path().extension();
        if (++seen > files_max) {
            break;
        }
        if ((ending == ".json" || ending == ".profile") && others_may(at->path())) {
            findings.push_back(private_or(at->path(), false));
        }
    }
    if (findings.size() == before) {
        findings.push_back({"state", Health::ok, folder.string() + " is private", {}});
    }
}

bool below(const fs::path& path, const fs::path& folder) {
    const auto relative = path.lexically_relative(folder);
    return !relative.empty() && *relative.begin() != "..";
}

// Of one name; nothing of what it is.
Finding look_at_token(const std::string& name,
                      const Result<std::optional<auth::StoredTokens>>& got) {
    if (!got) {
        return {"tokens", Health::fail, fmt::format("{}: {}", name, got.error().message()),
                fmt::format("apilab auth login {}", name)};
    }
    const auto& stored = **got;
    if (!stored.refusal.empty()) {
        return {"tokens", Health::warn, name + ": its server no longer renews it",
                fmt::format("apilab auth login {}", name)};
    }
    const auto& tokens = stored.tokens;
    const bool over =
        tokens.lifetime && stored.obtained + *tokens.lifetime <= RealClock().system_now();
    if (over && tokens.refresh_token.empty()) {
        return {"tokens", Health::warn, name + ": its time is over and it cannot be renewed",
                fmt::format("apilab auth login {}", name)};
    }
    return {"tokens", Health::ok, name + (over ? ": will be renewed" : ": good"), {}};
}

}  // namespace

void look_at_certificates(Findings& findings) {
    findings.push_back(look_at_system_certificates());
    if (const auto file = environment("APILAB_CA_FILE")) {
        findings.push_back(look_at_own_certificates(*file));
    }
}

void look_at_state(Findings& findings) {
    const auto state = state_folder();
    if (!state) {
        findings.push_back({"state", Health::fail, "there is no place for what is kept",
                            "set HOME or XDG_STATE_HOME"});
        return;
    }
    look_at_folder(findings, *state);
    const auto sessions = session_folder();
    for (const auto& folder :
         {token_folder(), sessions ? std::optional(*sessions) : std::nullopt}) {
        if (folder && !below(*folder, *state)) {
            look_at_folder(findings, *folder);
        }
    }
}

void look_at_traces(Findings& findings) {
    const auto path = trace_store_path();
    std::error_code code;
    if (!path || !fs::exists(*path, code)) {
        findings.push_back({"traces", Health::ok, "no calls are kept yet", {}});
        return;
    }
    const auto store = observe::TraceStore::open(*path);
    const auto size =
        store ? (*store)->size() : Result<observe::TraceStore::Size>(fail(store.error()));
    if (!size) {
        const auto& remedy = size.error().remedy();
        findings.push_back({"traces", Health::fail, size.error().message(),
                            remedy.empty() ? "move the file away, or set APILAB_TRACES" : remedy});
        return;
    }
    constexpr double mebibyte = 1024.0 * 1024.0;
    findings.push_back({"traces",
                        Health::ok,
                        fmt::format("{} calls, {:.1f} MiB in {}", size->calls,
                                    static_cast<double>(size->bytes) / mebibyte, path->string()),
                        {}});
}

void look_at_tokens(Findings& findings) {
    const auto folder = token_folder();
    std::error_code code;
    if (!folder || !fs::is_directory(*folder, code)) {
        findings.push_back({"tokens", Health::ok, "nobody is logged in", {}});
        return;
    }
    auto store = auth::FileTokenStore::open(*folder);
    const auto names =
        store ? (*store)->names() : Result<std::vector<std::string>>(fail(store.error()));
    if (!names) {
        findings.push_back({"tokens", Health::fail, names.error().message(),
                            fmt::format("chmod 700 '{}'", folder->string())});
        return;
    }
    for (const auto& name : *names) {
        const auto got = (*store)->load(name);
        if (!got || *got) {  // gone in the meantime: no finding
            findings.push_back(look_at_token(name, got));
        }
    }
    if (names->empty()) {
        findings.push_back({"tokens", Health::ok, "nobody is logged in", {}});
    }
}

}  // namespace apilab::cli
