using System.Reflection;
using System.Runtime.InteropServices;
using dnlib.DotNet;
using dnlib.DotNet.Emit;
using SharpFuzz;

namespace Keystone.Simulation.Fuzz;

/// <summary>
/// Copies this program and rewrites the engine in the copy: SharpFuzz puts a counter into each branch, and what takes native memory takes
/// it from <see cref="GuardedMemory"/>. The LZ4 decoder, which works on bare pointers, gets counters as well.
/// </summary>
internal static class EngineRewriter
{
    private static readonly string[] Counted = ["Keystone.Storage.dll", "K4os.Compression.LZ4.dll"];

    public static void Copy(string source, string target)
    {
        foreach (string path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        Guard(Path.Combine(target, Counted[0]));
        foreach (string name in Counted)
        {
            // The types are rewritten while they are listed.
            int types = Fuzzer.Instrument(Path.Combine(target, name), _ => true, Options.Value).Count();
            if (types == 0)
            {
                throw new InvalidOperationException($"nothing in {name} could be given counters");
            }
        }
    }

    private static void Guard(string path)
    {
        int replaced = 0;
        using (ModuleDefMD module = ModuleDefMD.Load(File.ReadAllBytes(path)))
        {
            Importer importer = new(module);
            Dictionary<string, IMethod> guarded = new[] { nameof(GuardedMemory.AlignedAlloc), nameof(GuardedMemory.AlignedFree) }
                .ToDictionary(name => name, name => importer.Import((MethodBase)typeof(GuardedMemory).GetMethod(name)!));
            IEnumerable<MethodDef> methods = module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);
            foreach (Instruction instruction in methods.SelectMany(method => method.Body.Instructions))
            {
                if (instruction.Operand is IMethod { DeclaringType.FullName: var type } call
                    && type == typeof(NativeMemory).FullName
                    && guarded.TryGetValue(call.Name, out IMethod? instead))
                {
                    instruction.Operand = instead;
                    replaced++;
                }
            }

            module.Write(path);
        }

        if (replaced == 0)
        {
            throw new InvalidOperationException("the engine takes no native memory where it should");
        }
    }
}
