using System.Reflection;
using System.Runtime.InteropServices;

namespace Keystone.Benchmarks.Engines.Lmdb;

/// <summary>
/// Finds the native library: the one of the NuGet package, else the system's. The package's own build wants glibc 2.38, which
/// Debian 12 does not have; there the system's package liblmdb0 stands in.
/// </summary>
internal static class LmdbLibrary
{
    private const string SystemName = "liblmdb.so.0";

    private static readonly Lock Gate = new();
    private static nint _handle;

    /// <summary>Loads the library once, for every call of <see cref="LmdbNative"/>.</summary>
    /// <exception cref="EngineLacksException">There is none that loads.</exception>
    public static void Require()
    {
        lock (Gate)
        {
            if (_handle == 0)
            {
                _handle = Load();
                NativeLibrary.SetDllImportResolver(typeof(LmdbLibrary).Assembly, Resolve);
            }
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == LmdbNative.Library ? _handle : 0;

    private static nint Load()
    {
        Assembly assembly = typeof(LmdbLibrary).Assembly;
        try
        {
            return NativeLibrary.Load(LmdbNative.Library, assembly, searchPath: null);
        }
        catch (DllNotFoundException error)
        {
            if (NativeLibrary.TryLoad(SystemName, assembly, searchPath: null, out nint handle))
            {
                return handle;
            }

            string cause = Cause(error.Message);
            throw new EngineLacksException($"liblmdb does not load, and the system has no {SystemName}: {cause}", error);
        }
    }

    /// <summary>The loader tells a line for each path that it tried. One that speaks of a version is about a file that is there.</summary>
    private static string Cause(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(static line => line.Contains("version", StringComparison.Ordinal)) ?? lines[0];
    }
}
