[assembly: AssemblyFixture(typeof(MimicCxr.Sandbox.Tests.SampleDataSets))]
