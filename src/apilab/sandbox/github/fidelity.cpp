#include "apilab/sandbox/github/provider.hpp"

namespace apilab::sandbox::github {

FidelityCard GitHubProvider::fidelity() const {
    return {
        .copied =
            {"Bodies validate against GitHub's own OpenAPI document, API versions 2022-11-28 and "
             "2026-03-10 (without what that one removed); another version is 400.",
             "Link headers over the repository's number, rel prev, next, last and first; cursors "
             "for advisories and deliveries.",
             "ETag and Last-Modified with 304, which is free of charge for who shows a credential.",
             "Primary limits for each credential with their five headers: core 5000 (60 without "
             "credentials) in an hour, search 30 (10) and code search 10 in a minute.",
             "Errors: message, documentation_url and status as text; 422 with errors of resource, "
             "field and code; 401, 403 of four meanings, 404 for what may not be seen, 409 for "
             "another sha, 410 for issues switched off.",
             "A renamed repository is 301 (307 for what is no GET) to its number; an archived one "
             "is read-only.",
             "Issues hold pull requests too; labels and assignees of who may not write are dropped "
             "without a word; unknown labels are made.",
             "Contents in base64 with line breaks, git's own blob names, directories as arrays, "
             "links, submodules, raw and object media types.",
             "Hooks with masked secrets, ping at creation, deliveries, redelivery under the same "
             "guid.",
             "GitHub Apps: installation tokens (ghs_, an hour) by a JWT, with permissions."},
        .not_copied =
            {"Git itself: refs, commits, trees and blobs; branches other than main; files of the "
             "past.",
             "Organisations, teams, projects, milestones, reactions, reviews, checks, actions, "
             "GraphQL.",
             "Creating, renaming and deleting repositories; writing pull requests.",
             "Secondary limits, but for faults and a scenario's own limits.",
             "Archives (tarball_url, zipball_url) and what is at html_url."},
        .differs =
            {"Everybody without credentials shares one bucket: addresses are not told apart.",
             "Entity tags are weak everywhere; the real ones are strong where nothing was "
             "compressed.",
             "upload_url is at the API's own origin.",
             "Search finds texts by their letters, and at once; incomplete_results only as a "
             "fault.",
             "A file's size ends at 1 MiB; a list of rows in one repository at 20,000."},
        .sources = {"https://docs.github.com/en/rest", "npm @octokit/openapi 23.0.2",
                    "github.com/octokit/fixtures", "github.com/octokit/webhooks"},
    };
}

}  // namespace apilab::sandbox::github
