#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/github/provider.hpp"
#include "apilab/sandbox/npm/provider.hpp"
#include "apilab/sandbox/osv/provider.hpp"

namespace apilab::sandbox {

struct WorldOptions {
    /// What the invented part varies with. The same seed gives the same bodies and ids.
    std::uint64_t seed = 1;
    /// A folder laid out as `--data` (design: sandbox, "Run"): its OSV records and packuments stand
    /// in place of the built-in ones. GitHub stays as it is built in.
    std::optional<std::filesystem::path> data_dir;
    /// So many invented packages, with advisories and repositories, are added (see synthetic.hpp).
    /// Default 0, at most 20'000.
    std::size_t synthetic_packages = 0;
    /// At `/oauth` the user consents without a page (`OAuthOptions::auto_consent`). Default yes.
    bool auto_consent = true;
    osv::OsvOptions osv;
    github::GitHubOptions github;
};

/// What the providers npm, OSV and GitHub know: read-only, made once, shared.
struct World {
    std::shared_ptr<const npm::Registry> npm;
    std::shared_ptr<const osv::Database> osv;
    std::shared_ptr<const github::Store> github;
    /// What was left out of a data folder, and why.
    std::vector<std::string> warnings;
};

/// Makes the world: the built-in seed, or a data folder in its place. Takes some milliseconds for
/// the seed. Errors: `invalid_argument` for options out of range or a folder that holds neither
/// records nor packuments, `internal` for a broken built-in file.
[[nodiscard]] Result<World> make_world(const WorldOptions& options = {});

/// One provider each over the world (npm, osv, github), and those without one (api, effects,
/// foreign, oauth, slack, notion, google).
[[nodiscard]] std::vector<std::unique_ptr<Provider>> make_providers(const World& world,
                                                                    const WorldOptions& options);

}  // namespace apilab::sandbox
