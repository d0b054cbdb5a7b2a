#pragma once

#include <cstdint>
#include <random>

namespace apilab {

/// The only source of chance. Tests, the sandbox and simulations give a seed; programs draw one
/// from the operating system and print it, so that a run can be done again. Secrets come from
/// `SystemRng`, which nobody can do again.
class Rng {
public:
    Rng() = default;
    Rng(const Rng&) = delete;
    Rng& operator=(const Rng&) = delete;
    virtual ~Rng() = default;

    /// 64 uniformly distributed bits.
    [[nodiscard]] virtual std::uint64_t next() = 0;

    /// Uniform in [0, 1), the same for the same bits on every platform.
    [[nodiscard]] double uniform();
    /// Uniform in [low, high]; `low` where the interval is empty.
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
};

/// Reproducible: the same seed gives the same sequence everywhere. Not for keys or tokens.
class SeededRng final : public Rng {
public:
    explicit SeededRng(std::uint64_t seed) : engine_(seed) {}
    [[nodiscard]] std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_;
};

/// What nobody can guess: OpenSSL's generator, seeded by the operating system. For keys, `state`,
/// verifiers and whatever else is a secret. Where it fails there is no safe way on: the program
/// ends.
class SystemRng final : public Rng {
public:
    [[nodiscard]] std::uint64_t next() override;
};

/// A seed from the operating system, small enough to be typed again (below 2^32).
[[nodiscard]] std::uint64_t fresh_seed();

}  // namespace apilab
