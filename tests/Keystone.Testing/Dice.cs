using System.Numerics;

namespace Keystone.Testing;

/// <summary>
/// Random numbers from a seed (SplitMix64): the same on every machine and runtime, and free to make, so that every file, fault
/// and job can have dice of its own.
/// </summary>
public struct Dice
{
    private ulong _state;

    /// <summary>Dice for a seed.</summary>
    public Dice(ulong seed) => _state = seed;

    /// <summary>Dice for one of many things under a seed. Neighbouring seeds and things have nothing in common.</summary>
    public Dice(int seed, long thing) => _state = Mix(Mix((ulong)seed) + (ulong)thing);

    /// <summary>Any number.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>A number from 0 to below <paramref name="bound"/>, which is positive.</summary>
    public long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>A number from 0 to below <paramref name="bound"/>, which is positive.</summary>
    public int Below(int bound) => (int)Below((long)bound);

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    /// <summary>Spreads the bits of a number over all others.</summary>
    public static ulong Mix(ulong number)
    {
        number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
        number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
        return BitOperations.RotateLeft(number ^ (number >> 31), 17);
    }
}
