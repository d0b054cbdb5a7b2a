#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "apilab/sandbox/facts.hpp"

namespace apilab::sandbox {

/// Invents `count` packages `synthetic-00001`, ... for load tests: each with three to twelve
/// versions and a repository of its own with releases; about one in five has a fault, and of those
/// most are fixed in range, some only by a new major version, some not at all; a few are
/// deprecated. The same count and seed give the same facts, and the first packages are the same for
/// every count.
[[nodiscard]] Facts synthetic_facts(std::size_t count, std::uint64_t seed);

/// A package-lock.json (version 3) of a project that installed an early version of each of them,
/// one in ten directly. Holds exactly `count` packages besides the root.
[[nodiscard]] std::string synthetic_lockfile(std::size_t count, std::uint64_t seed);

}  // namespace apilab::sandbox
