#pragma once

#include <string>
#include <vector>

#include "apilab/http/url.hpp"
#include "command.hpp"

namespace apilab::cli {

enum class Health : unsigned char { ok, warn, fail };

/// Something that was looked at.
struct Finding {
    /// `settings`, `proxy`, `certificates`, ...
    std::string area;
    Health health = Health::ok;
    /// How it is; no secret, no query of a URL.
    std::string what;
    /// What to do; empty where it is well.
    std::string remedy;
};

using Findings = std::vector<Finding>;

/// Each looks at one area and adds what it found, at least one finding. Nothing is changed, made or
/// sent.
void look_at_settings(Findings& findings);
void look_at_proxies(Findings& findings);
void look_at_certificates(Findings& findings);
/// The folders for what is kept: can they be written, who else may read them.
void look_at_state(Findings& findings);
void look_at_traces(Findings& findings);
void look_at_tokens(Findings& findings);
/// Variables that hold secrets, by name.
void look_at_secrets(Findings& findings);
void look_at_terminal(Findings& findings, const Globals& globals);
void look_at_versions(Findings& findings);

/// One HEAD without credentials, bounded by 5 s: does the server answer, is its certificate good,
/// do its clock and ours agree (30 s: a warning; 5 min: signatures and tokens fail).
void look_out(Findings& findings, const http::Url& url);
/// The same for each origin that the environment or a file names as a provider's address; not for
/// those that everybody knows.
void look_at_addresses(Findings& findings);

}  // namespace apilab::cli
